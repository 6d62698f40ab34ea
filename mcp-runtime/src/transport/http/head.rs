//! The headers by which it is decided whether a request is looked at, found in one pass.

use http::HeaderMap;
use http::header::{
    ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, EXPECT, HOST, HeaderName, HeaderValue, ORIGIN, TRANSFER_ENCODING,
};

use super::accept::{Accepts, Weighed};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A header that may be there once; not even equal values may be there twice.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Single<'h> {
    #[default]
    Absent,
    Given(&'h HeaderValue),
    Twice,
}

impl<'h> Single<'h> {
    pub(super) fn add(&mut self, value: &'h HeaderValue) {
        *self = match self {
            Self::Absent => Self::Given(value),
            Self::Given(_) | Self::Twice => Self::Twice,
        };
    }

    /// The value, if it is there as it may be.
    pub(super) fn given(self) -> Option<&'h HeaderValue> {
        match self {
            Self::Given(value) => Some(value),
            Self::Absent | Self::Twice => None,
        }
    }
}

/// What the headers say about who asks, about the body, and about what may be answered.
pub(super) struct Head<'h> {
    /// Of all names and values together, in bytes.
    pub(super) length: usize,
    pub(super) host: Single<'h>,
    pub(super) origin: Single<'h>,
    /// Browsers send no `Origin` with the requests of `<img>` and the like, but say that the page is another site's.
    pub(super) is_cross_site: bool,
    pub(super) accepts: Accepts,
    pub(super) content_type: Single<'h>,
    /// hyper takes every coding that ends in `chunked` for that alone (RFC 9112, 6.1).
    pub(super) is_in_plain_chunks: bool,
    pub(super) is_compressed: bool,
    /// The client asks first whether to send the body.
    pub(super) expects: bool,
}

impl<'h> Head<'h> {
    pub(super) fn read(headers: &'h HeaderMap) -> Self {
        let mut accepts = Weighed::default();
        let mut head = Self {
            length: 0,
            host: Single::Absent,
            origin: Single::Absent,
            is_cross_site: false,
            accepts: Accepts { json: true, events: true },
            content_type: Single::Absent,
            is_in_plain_chunks: true,
            is_compressed: false,
            expects: false,
        };
        for (name, value) in headers {
            head.length = head.length.saturating_add(name.as_str().len()).saturating_add(value.len());
            match *name {
                HOST => head.host.add(value),
                ORIGIN => head.origin.add(value),
                ACCEPT => accepts.weigh(value),
                CONTENT_TYPE => head.content_type.add(value),
                TRANSFER_ENCODING => head.is_in_plain_chunks &= value.as_bytes().eq_ignore_ascii_case(b"chunked"),
                CONTENT_ENCODING => head.is_compressed |= value != "identity",
                EXPECT => head.expects = true,
                _ => head.is_cross_site |= *name == SEC_FETCH_SITE && value == "cross-site",
            }
        }
        head.accepts = accepts.settled();
        head
    }
}
