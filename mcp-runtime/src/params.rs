//! The parameters of a request: the members of `params` that any method has, each still JSON text.

use crate::json::Json;
use crate::json::scan::{Broken, Cursor};

macro_rules! params {
    ($($(#[$doc:meta])* $field:ident = $name:literal,)*) => {
        /// The parameters of every method.
        #[derive(Debug, Default)]
        pub(crate) struct Params<'a> {
            $($(#[$doc])* pub(crate) $field: Option<Json<'a>>,)*
            /// One that is given more than once: two readers might each see another value.
            pub(crate) twice: Option<&'static str>,
        }

        impl Params<'static> {
            /// Nothing is given.
            pub(crate) const NONE: &'static Self = &Self { $($field: None,)* twice: None };
        }

        impl<'a> Params<'a> {
            /// Reads the object that begins here, which is part of another. `null` counts as absent.
            pub(crate) fn read(&mut self, at: &mut Cursor<'a>) -> Result<(), Broken> {
                /// Below the message.
                const DEPTH: usize = 2;
                let mut has_null = false;
                at.object(|name, value| {
                    let (slot, name) = match &*name.text()? {
                        $($name => (&mut self.$field, $name),)*
                        _ => return value.skip(DEPTH).map(drop),
                    };
                    let json = Json::read(value, DEPTH)?;
                    has_null |= json.is_null();
                    if slot.replace(json).is_some() {
                        self.twice = Some(name);
                    }
                    Ok::<_, Broken>(())
                })?;
                if has_null {
                    $(self.$field.take_if(|json| json.is_null());)*
                }
                Ok(())
            }

            /// The same, to be kept.
            pub(crate) fn kept(&self) -> KeptParams {
                KeptParams { $($field: self.$field.map(Json::kept)),* }
            }
        }

        /// The parameters of a request that is kept.
        #[derive(Debug)]
        pub(crate) struct KeptParams {
            $($(#[$doc])* pub(crate) $field: Option<Box<serde_json::value::RawValue>>,)*
        }

        impl KeptParams {
            /// As they came, or as they were changed.
            pub(crate) fn lent(&self) -> Params<'_> {
                Params { $($field: self.$field.as_deref().map(Json::from),)* twice: None }
            }
        }
    };
}

params! {
    meta = "_meta",
    name = "name",
    arguments = "arguments",
    uri = "uri",
    cursor = "cursor",
    /// Of `completion/complete`.
    reference = "ref",
    /// Of `completion/complete`.
    argument = "argument",
    /// Of `completion/complete`.
    context = "context",
    /// Of `initialize`.
    protocol_version = "protocolVersion",
    /// Of `initialize`.
    capabilities = "capabilities",
    /// Of `initialize`.
    client_info = "clientInfo",
    /// The answers to what the request before this one was answered with (2026-07-28).
    input_responses = "inputResponses",
    /// What came with the questions (2026-07-28).
    request_state = "requestState",
    /// Of requests about a task (2026-07-28).
    task_id = "taskId",
    /// Of `logging/setLevel`.
    level = "level",
    /// Of `subscriptions/listen`.
    notifications = "notifications",
    /// Of `notifications/cancelled`.
    request_id = "requestId",
    /// Of `notifications/cancelled`.
    reason = "reason",
}
