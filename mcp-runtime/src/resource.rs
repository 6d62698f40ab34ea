//! What a resource may return: text, bytes, JSON, several contents, or none at all.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use crate::content::ResourceContents;
use crate::error::Failure;
use crate::reply::Output;
use crate::tool::{Probe, Shown};

/// What a `#[resource]` function may return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the contents of a resource",
    label = "return text, bytes, `Json<_>` or `ResourceContents`",
    note = "a type in `Json<_>` needs `#[mcp_runtime::model]`, or `derive(serde::Serialize)`",
    note = "`Option` (`None` is \"not found\"), `Result` and, of `ResourceContents`, `Vec` work too"
)]
pub trait ResourceResult {
    /// The contents; `None` if there is no such resource.
    ///
    /// # Errors
    /// When the function failed.
    fn into_contents(self) -> Result<Option<Vec<ResourceContents>>, Failure>;
}

/// A value that a resource returns as JSON, with the media type `application/json` unless the attribute says another.
///
/// ```
/// use mcp_runtime::{Json, resource};
///
/// /// The largest cities.
/// #[resource("cities://largest")]
/// fn largest() -> Json<Vec<&'static str>> {
///     Json(vec!["Tokyo", "Delhi"])
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Json<T>(pub T);

#[diagnostic::do_not_recommend]
impl<T: Serialize> ResourceResult for Json<T> {
    fn into_contents(self) -> Result<Option<Vec<ResourceContents>>, Failure> {
        let json = serde_json::to_string(&self.0)
            .map_err(|error| Failure::Broken(format!("the contents are not JSON: {error}")))?;
        ResourceContents::text(json).usual_mime(JSON).into_contents()
    }
}

impl ResourceResult for Value {
    fn into_contents(self) -> Result<Option<Vec<ResourceContents>>, Failure> {
        Json(self).into_contents()
    }
}

impl ResourceResult for ResourceContents {
    fn into_contents(self) -> Result<Option<Vec<ResourceContents>>, Failure> {
        Ok(Some(vec![self]))
    }
}

impl ResourceResult for Vec<ResourceContents> {
    fn into_contents(self) -> Result<Option<Vec<ResourceContents>>, Failure> {
        Ok(Some(self))
    }
}

macro_rules! contents {
    ($($type:ty => $how:ident),*) => {$(
        impl ResourceResult for $type {
            fn into_contents(self) -> Result<Option<Vec<ResourceContents>>, Failure> {
                ResourceContents::$how(self).into_contents()
            }
        }
    )*};
}

contents!(String => text, &str => text, Cow<'_, str> => text, Vec<u8> => blob, &[u8] => blob);

impl<const N: usize> ResourceResult for &[u8; N] {
    fn into_contents(self) -> Result<Option<Vec<ResourceContents>>, Failure> {
        ResourceContents::blob(*self).into_contents()
    }
}

impl<T: ResourceResult> ResourceResult for Option<T> {
    fn into_contents(self) -> Result<Option<Vec<ResourceContents>>, Failure> {
        self.map_or(Ok(None), T::into_contents)
    }
}

impl<T: ResourceResult, E: Shown> ResourceResult for Result<T, E> {
    fn into_contents(self) -> Result<Option<Vec<ResourceContents>>, Failure> {
        self.map_err(Failure::from_error)?.into_contents()
    }
}

const JSON: &str = "application/json";

/// A type that tells the media type of the contents.
pub trait TellsMime {
    /// The media type.
    fn usual_mime(&self) -> Option<&'static str>;
}

macro_rules! json {
    ($($type:ty $(, $error:ident)?;)*) => {$(
        impl<T $(, $error)?> TellsMime for &Probe<$type> {
            fn usual_mime(&self) -> Option<&'static str> {
                Some(JSON)
            }
        }
    )*};
}

json!(Json<T>; Option<Json<T>>; Result<Json<T>, E>, E; Result<Option<Json<T>>, E>, E;);

/// A type that does not.
pub trait HidesMime {
    /// Nothing.
    fn usual_mime(&self) -> Option<&'static str>;
}

impl<T> HidesMime for Probe<T> {
    fn usual_mime(&self) -> Option<&'static str> {
        None
    }
}

/// What the return type of a resource tells about the media type.
#[doc(hidden)]
#[macro_export]
macro_rules! __usual_mime {
    ($type:ty) => {{
        #[allow(unused_imports)]
        use $crate::__private::{HidesMime as _, TellsMime as _};
        (&&$crate::__private::Probe::<$type>::new()).usual_mime()
    }};
}

/// What a resource's function returned, as the client gets it.
#[doc(hidden)]
#[macro_export]
macro_rules! __contents {
    ($value:expr) => {
        $crate::__settled!($value, value => $crate::__private::contents_of(value))
    };
}

/// What a resource's function returned, if it did not fail.
///
/// # Errors
/// When the function failed, or there is no such resource.
pub fn contents_of(value: impl ResourceResult) -> Result<Output, Failure> {
    value.into_contents()?.map(Output::Resource).ok_or(Failure::NotFound)
}
