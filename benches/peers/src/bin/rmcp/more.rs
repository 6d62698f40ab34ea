//! A template, a prompt, a call that tells its progress, one that asks, and one with twelve values on three levels.

use std::sync::{Arc, LazyLock};

use rmcp::handler::server::router::prompt::PromptRouter;
use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::handler::server::tool::InputResponses as Responses;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{
    CallToolResponse, CallToolResult, ContentBlock, ElicitRequest, ElicitRequestParams, ElicitationSchema, ErrorData,
    InputRequest, InputRequests, InputRequiredResult, ProgressNotificationParam, PromptMessage,
    ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, RequestMetaObject, ResourceContents, Role,
    ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{
    Peer, RoleServer, ServerHandler, elicit_safe, prompt, prompt_handler, prompt_router, tool, tool_handler,
    tool_router,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone)]
pub struct More {
    tools: Arc<ToolRouter<Self>>,
    prompts: Arc<PromptRouter<Self>>,
}

#[derive(Serialize)]
struct Row<'a> {
    table: &'a str,
    id: u64,
    name: String,
}

#[derive(Deserialize, JsonSchema)]
struct Review {
    /// The language that the code is written in.
    language: String,
    /// The code.
    code: String,
}

/// Whether to go on.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Decision {
    /// Really?
    sure: bool,
}

elicit_safe!(Decision);

static DECISION: LazyLock<ElicitationSchema> =
    LazyLock::new(|| ElicitationSchema::from_type::<Decision>().expect("it is an object of simple fields"));

#[tool_router(router = declared_tools)]
impl More {
    #[tool(description = "Takes a hundred steps, and tells each.")]
    async fn steps(&self, meta: RequestMetaObject, client: Peer<RoleServer>) -> String {
        let Some(token) = meta.get_progress_token() else { return "nobody asked".into() };
        for step in 1..=100 {
            let told = ProgressNotificationParam::new(token.clone(), f64::from(step));
            let _ = client.notify_progress(told.with_total(100.0).with_message("going on")).await;
        }
        "done".into()
    }

    #[tool(description = "Asks before it goes on.")]
    async fn ask(&self, client: Peer<RoleServer>) -> Result<String, ErrorData> {
        let decision = client.elicit::<Decision>("Deploy to production?").await;
        let decision = decision.map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
        Ok(if decision.is_some_and(|decision| decision.sure) { "deployed" } else { "left as it is" }.into())
    }

    /// What `ask` is in 2026-07-28. Its state is not signed.
    #[tool(description = "Asks before it goes on.")]
    async fn ask_in_rounds(&self, Responses(responses): Responses) -> CallToolResponse {
        let Some(responses) = responses else { return question().into() };
        let is_sure = responses.get("decision").is_some_and(|answer| answer["content"]["sure"] == true);
        let text = if is_sure { "deployed" } else { "left as it is" };
        CallToolResult::success(vec![ContentBlock::text(text)]).into()
    }

    #[tool(description = "Books seats.")]
    async fn book(&self, Parameters(book): Parameters<peers::Book>) -> String {
        book.told()
    }
}

fn question() -> InputRequiredResult {
    let form = ElicitRequestParams::FormElicitationParams {
        meta: None,
        message: "Deploy to production?".into(),
        requested_schema: DECISION.clone(),
    };
    let mut questions = InputRequests::new();
    questions.insert("decision".into(), InputRequest::Elicitation(ElicitRequest::new(form)));
    InputRequiredResult::new(Some(questions), Some("asked".into()))
}

#[prompt_router]
impl More {
    #[prompt(name = "review", description = "Asks for a review.")]
    async fn review(&self, Parameters(Review { language, code }): Parameters<Review>) -> Vec<PromptMessage> {
        vec![PromptMessage::new_text(Role::User, format!("Review this {language} code:\n\n{code}"))]
    }
}

#[tool_handler(router = self.tools)]
#[prompt_handler(router = self.prompts)]
impl ServerHandler for More {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_prompts().enable_resources();
        ServerConfig::new(capabilities.build())
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let unknown = || ErrorData::resource_not_found("there is no such row", None);
        let (table, id) =
            request.uri.strip_prefix("rows://").and_then(|path| path.split_once('/')).ok_or_else(unknown)?;
        let id: u64 = id.parse().map_err(|_| unknown())?;
        let row = Row { table, id, name: format!("{table} {id}") };
        let text = serde_json::to_string(&row).map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
        let contents = ResourceContents::text(text, request.uri).with_mime_type("application/json");
        Ok(ReadResourceResult::new(vec![contents]).into())
    }
}

impl More {
    pub fn new() -> Self {
        Self { tools: Arc::new(Self::declared_tools()), prompts: Arc::new(Self::prompt_router()) }
    }
}
