use mcp_runtime::resource;

#[resource("user://{user_id}")]
fn user(userid: u64) -> String {
    userid.to_string()
}

fn main() {}
