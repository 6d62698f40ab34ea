//! Everything that the company's programs need, from one place.

pub use hidden as mcp;
