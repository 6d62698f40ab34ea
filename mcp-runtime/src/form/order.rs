//! Learns in which order a struct declares its fields: a schema has forgotten it, and a form wants to show it.

use std::cell::Cell;

use serde::de::value::Error;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;

type Names = &'static [&'static str];

/// The names of the fields as serde asks for them; none if the struct has flattened ones.
pub(super) fn declared<T: DeserializeOwned>() -> Names {
    let names = Cell::new(Names::default());
    // There is no value: the question is all that is wanted.
    _ = T::deserialize(Asked(&names));
    names.get()
}

/// Notes what a struct asks for, and gives nothing.
struct Asked<'n>(&'n Cell<Names>);

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("there is no value"))
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, names: Names, visitor: V) -> Result<V::Value, Error> {
        self.0.set(names);
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq
        tuple tuple_struct map enum identifier ignored_any
    }
}
