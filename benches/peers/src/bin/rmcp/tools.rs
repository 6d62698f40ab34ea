//! The four tools that every measured server has, and dummies.

use std::sync::Arc;
use std::time::Duration;

use rmcp::handler::server::router::tool::{ToolRoute, ToolRouter};
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{CallToolResult, ContentBlock, Tool};
use rmcp::{Json, ServerHandler, tool, tool_handler, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone)]
pub struct Tools {
    router: Arc<ToolRouter<Self>>,
}

#[derive(Deserialize, JsonSchema)]
struct Add {
    a: i64,
    b: i64,
}

#[derive(Serialize, JsonSchema)]
struct Sum {
    sum: i64,
}

#[derive(Deserialize, JsonSchema)]
struct Echo {
    text: String,
}

#[derive(Deserialize, JsonSchema)]
struct Wait {
    ms: u64,
}

#[tool_router(router = declared)]
impl Tools {
    #[tool(description = "Adds two integers.")]
    async fn add(&self, Parameters(Add { a, b }): Parameters<Add>) -> Json<Sum> {
        Json(Sum { sum: a.wrapping_add(b) })
    }

    #[tool(description = "Returns the text it is given.")]
    async fn echo(&self, Parameters(Echo { text }): Parameters<Echo>) -> String {
        text
    }

    #[tool(description = "Returns one mebibyte of text.")]
    async fn big(&self) -> String {
        peers::mebibyte()
    }

    #[tool(description = "Sleeps, then answers.")]
    async fn wait(&self, Parameters(Wait { ms }): Parameters<Wait>) -> String {
        tokio::time::sleep(Duration::from_millis(ms)).await;
        "ok".into()
    }
}

#[tool_handler(router = self.router)]
impl ServerHandler for Tools {}

impl Tools {
    pub fn new(tools: usize) -> Self {
        let mut router = Self::declared();
        for name in ["add", "echo", "big", "wait"].into_iter().skip(tools) {
            router.remove_route(name);
        }
        for (name, schema) in (4..tools).map(peers::dummy) {
            let schema = schema.as_object().cloned().unwrap_or_default();
            let tool = Tool::new(name, "A dummy tool, here to make the tool list long.", Arc::new(schema));
            router.add_route(ToolRoute::new_dyn(tool, |_| {
                Box::pin(async { Ok(CallToolResult::success(vec![ContentBlock::text("dummy")]).into()) })
            }));
        }
        Self { router: Arc::new(router) }
    }
}
