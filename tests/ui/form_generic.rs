use mcp_runtime::form;

#[form]
struct Answer<'a, T, const N: usize>
where
    T: Clone,
{
    name: &'a str,
    values: [T; N],
}

fn main() {}
