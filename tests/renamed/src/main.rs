//! Serves what the library of this package registers, without naming it.

fn main() -> runtime::Result<()> {
    runtime::server!().run()
}
