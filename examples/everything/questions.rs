//! Calls that ask, in every revision.

use mcp_runtime::serde_json::{Value, json};
use mcp_runtime::{Elicit, Elicited, Roots, Sample, SampleRequest, Unanswered, form, model, prompt, tool};

/// Asks the model of the client.
#[tool(read_only)]
async fn test_sampling(prompt: String, sample: &Sample) -> Result<String, Unanswered> {
    let answer = sample.ask(SampleRequest::new(100).user(prompt)).await?;
    Ok(format!("LLM response: {}", answer.text()))
}

/// Who somebody is.
#[form]
struct Person {
    /// User's response
    username: String,
    /// User's email address
    email: String,
}

/// Asks the person.
#[tool(read_only)]
async fn test_elicitation(message: String, elicit: &Elicit) -> Result<String, Unanswered> {
    Ok(told(
        elicit.ask::<Person>(message).await?,
        |Person { username, email }| json!({ "username": username, "email": email }),
    ))
}

fn told<T>(answer: Elicited<T>, content: impl Fn(T) -> Value) -> String {
    let (action, content) = match answer {
        Elicited::Accepted(answer) => ("accept", content(answer)),
        Elicited::Declined => ("decline", json!({})),
        Elicited::Cancelled => ("cancel", json!({})),
    };
    format!("User response: action={action}, content={content}")
}

/// Something with defaults.
#[form]
struct Defaults {
    /// User name
    #[schemars(extend("default" = "John Doe"))]
    name: String,
    /// User age
    #[schemars(extend("default" = 30))]
    age: i64,
    /// User score
    #[schemars(extend("default" = 95.5))]
    score: f64,
    /// User status
    #[schemars(extend("default" = "active"))]
    status: Status,
    /// Verification status
    #[schemars(extend("default" = true))]
    verified: bool,
}

#[model]
#[serde(rename_all = "lowercase")]
enum Status {
    Active,
    Inactive,
    Pending,
}

/// Asks with defaults.
#[tool(read_only)]
async fn test_elicitation_sep1034_defaults(elicit: &Elicit) -> Result<String, Unanswered> {
    let answer = elicit.ask::<Defaults>("Please review and update the form fields with defaults").await?;
    Ok(told(
        answer,
        |Defaults { name, age, score, status: _, verified }| json!({ "name": name, "age": age, "score": score, "verified": verified }),
    ))
}

#[model]
#[serde(rename_all = "lowercase")]
enum Plain {
    Option1,
    Option2,
    Option3,
}

#[model]
#[serde(rename_all = "lowercase")]
enum Titled {
    /// First Option
    Value1,
    /// Second Option
    Value2,
    /// Third Option
    Value3,
}

#[model]
#[serde(rename_all = "lowercase")]
#[schemars(extend("enumNames" = ["Option One", "Option Two", "Option Three"]))]
enum Legacy {
    Opt1,
    Opt2,
    Opt3,
}

/// Choices of every kind.
#[form]
#[serde(rename_all = "camelCase")]
struct Choices {
    /// Select one option
    untitled_single: Plain,
    /// Select one option with titles
    titled_single: Titled,
    /// Select one option (legacy)
    legacy_enum: Legacy,
    /// Select multiple options
    untitled_multi: Vec<Plain>,
    /// Select multiple options with titles
    titled_multi: Vec<Titled>,
}

/// Asks with choices of every kind.
#[tool(read_only)]
async fn test_elicitation_sep1330_enums(elicit: &Elicit) -> Result<String, Unanswered> {
    let answer = elicit.ask::<Choices>("Please select options from the enum fields").await?;
    Ok(told(answer, |choices| {
        let Choices { untitled_single: _, titled_single: _, legacy_enum: _, untitled_multi, titled_multi } = choices;
        json!({ "untitledMulti": untitled_multi.len(), "titledMulti": titled_multi.len() })
    }))
}

/// Asks for a name.
#[form]
struct Name {
    name: String,
}

/// Asks for a name, under a key.
#[tool(read_only)]
async fn test_input_required_result_elicitation(elicit: &Elicit) -> Result<String, Unanswered> {
    let answer = elicit.ask_as::<Name>("user_name", "What is your name?").await?;
    Ok(answer.accepted().map_or("Hello!".into(), |Name { name }| format!("Hello, {name}!")))
}

/// Asks the model, under a key.
#[tool(read_only)]
async fn test_input_required_result_sampling(sample: &Sample) -> Result<String, Unanswered> {
    capital(sample).await
}

async fn capital(sample: &Sample) -> Result<String, Unanswered> {
    let question = SampleRequest::new(100).user("What is the capital of France?").key("capital_question");
    Ok(sample.ask(question).await?.text())
}

/// Asks for the workspace.
#[tool(read_only)]
async fn test_input_required_result_list_roots(roots: &Roots) -> Result<String, Unanswered> {
    let folders = roots.list_as("client_roots").await?;
    Ok(folders.into_iter().map(|folder| folder.uri).collect::<Vec<_>>().join("\n"))
}

/// Whether it is right.
#[form]
struct Confirmation {
    ok: bool,
}

async fn confirm(elicit: &Elicit) -> Result<&'static str, Unanswered> {
    match elicit.ask_as::<Confirmation>("confirm", "Please confirm.").await? {
        Elicited::Accepted(_) => Ok("state-ok"),
        Elicited::Declined | Elicited::Cancelled => Ok("not confirmed"),
    }
}

/// Asks with a state.
#[tool(read_only)]
async fn test_input_required_result_request_state(elicit: &Elicit) -> Result<&'static str, Unanswered> {
    confirm(elicit).await
}

/// Asks with a state that nobody may change.
#[tool(read_only)]
async fn test_input_required_result_tampered_state(elicit: &Elicit) -> Result<&'static str, Unanswered> {
    confirm(elicit).await
}

/// Asks three questions in one round.
#[tool(read_only)]
async fn test_input_required_result_multiple_inputs(
    elicit: &Elicit,
    sample: &Sample,
    roots: &Roots,
) -> Result<String, Unanswered> {
    let greeting = SampleRequest::new(50).user("Generate a greeting.").key("greeting");
    let (name, greeting, folders) = tokio::join!(
        elicit.ask_as::<Name>("user_name", "What is your name?"),
        sample.ask(greeting),
        roots.list_as("client_roots"),
    );
    let name = name?.accepted().map_or("stranger".into(), |Name { name }| name);
    Ok(format!("{} {name} works in {} folders.", greeting?.text(), folders?.len()))
}

/// Asks for a colour.
#[form]
struct Colour {
    color: String,
}

/// Asks two questions, one after the other.
#[tool(read_only)]
async fn test_input_required_result_multi_round(elicit: &Elicit) -> Result<String, Unanswered> {
    let name = elicit.ask_as::<Name>("step1", "Step 1: What is your name?").await?.accepted();
    let colour = elicit.ask_as::<Colour>("step2", "Step 2: What is your favorite color?").await?.accepted();
    Ok(format!(
        "{} likes {}.",
        name.map_or("Somebody".into(), |it| it.name),
        colour.map_or("nothing".into(), |it| it.color)
    ))
}

/// Asks what the client can be asked.
#[tool(read_only)]
async fn test_input_required_result_capabilities(
    elicit: Option<&Elicit>,
    sample: Option<&Sample>,
) -> Result<String, Unanswered> {
    match (elicit, sample) {
        (_, Some(sample)) => capital(sample).await,
        (Some(elicit), None) => confirm(elicit).await.map(str::to_owned),
        (None, None) => Ok("There is nobody to ask.".into()),
    }
}

/// Needs a client with a model.
#[tool(read_only)]
async fn test_missing_capability(sample: &Sample) -> Result<String, Unanswered> {
    capital(sample).await
}

/// Asks without a request of its own.
#[tool(read_only)]
async fn test_streaming_elicitation(elicit: &Elicit) -> Result<&'static str, Unanswered> {
    confirm(elicit).await
}

/// Some context.
#[form]
struct Background {
    context: String,
}

/// Asks before it says anything.
#[prompt]
async fn test_input_required_result_prompt(elicit: &Elicit) -> Result<String, Unanswered> {
    let answer = elicit.ask_as::<Background>("user_context", "What context should the prompt use?").await?;
    Ok(answer.accepted().map_or("Use no context.".into(), |it| format!("Use this context: {}", it.context)))
}
