//! Atomic numbers. In tests, others may come in between before each use of one.

#[cfg(not(test))]
pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};

#[cfg(test)]
pub(crate) use self::observed::{AtomicBool, AtomicU64, AtomicUsize};

#[cfg(test)]
mod observed {
    use std::sync::atomic::{self, Ordering};

    use crate::interleave::point;

    macro_rules! observed {
        (@ store $value:ty) => { () };
        (@ $act:ident $value:ty) => { $value };
        ($($name:ident of $value:ty: $($act:ident)*;)*) => {$(
            #[derive(Debug, Default)]
            pub(crate) struct $name(atomic::$name);

            impl $name {
                #[allow(dead_code, reason = "not everywhere is one that begins with something")]
                pub(crate) const fn new(value: $value) -> Self {
                    Self(atomic::$name::new(value))
                }

                pub(crate) fn load(&self, ordering: Ordering) -> $value {
                    point();
                    self.0.load(ordering)
                }

                $(pub(crate) fn $act(&self, value: $value, ordering: Ordering) -> observed!(@ $act $value) {
                    point();
                    self.0.$act(value, ordering)
                })*
            }
        )*};
    }

    observed! {
        AtomicBool of bool: store swap;
        AtomicU64 of u64: fetch_add;
        AtomicUsize of usize: fetch_add fetch_sub;
    }
}
