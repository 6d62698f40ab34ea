//! Everything that the company's programs need, from one place.

pub use mcp_runtime as mcp;
