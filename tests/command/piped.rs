//! The command line of the `weather` example, as a shell in a pipe sees it: plain, with exit codes.

use std::io::Read as _;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::examples::example;

fn weather(arguments: &[&str]) -> Output {
    example("weather", arguments).output().unwrap()
}

/// What a command that succeeds prints.
#[track_caller]
fn printed(arguments: &[&str]) -> String {
    let output = weather(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn list_shows_what_is_offered() {
    let list = printed(&["list"]);
    for part in [
        "Tools\n\n  get_weather  read-only, idempotent, closed world\n    Gets the weather of a city today.\n",
        "      city   string, 1–100 characters  required         Name of the city",
        "      units  celsius | fahrenheit      default celsius  The unit of the temperatures.\n",
        "  weather://climate/{city}  application/json\n",
        "      focus  optional",
    ] {
        assert!(list.contains(part), "{part}: {list}");
    }
    assert!(!list.contains('\x1b'), "a pipe is no terminal");
    let json: Value = serde_json::from_str(&printed(&["list", "--json"])).unwrap();
    assert_eq!(json["tools"][0]["name"], "get_weather");
    assert_eq!(json["resourceTemplates"][0]["uriTemplate"], "weather://climate/{city}");
}

#[test]
fn call_prints_the_result_and_nothing_else() {
    let result: Value =
        serde_json::from_str(&printed(&["call", "get_weather", "city=Oslo", "units=fahrenheit"])).unwrap();
    assert_eq!((&result["city"], &result["units"]), (&json!("Oslo"), &json!("fahrenheit")));
    let days = printed(&["call", "get_forecast", "--args", r#"{"city": "Lima", "days": 5}"#, "days=2"]);
    assert_eq!(serde_json::from_str::<Value>(&days).unwrap()["days"].as_array().unwrap().len(), 2);
    assert!(printed(&["call", "weather", "city=Oslo"]).starts_with("Oslo: "));
    let whole: Value = serde_json::from_str(&printed(&["call", "weather", "city=Oslo", "--json"])).unwrap();
    assert_eq!(whole["content"][0]["type"], "text");
}

#[test]
fn what_is_wrong_is_told_with_an_exit_code() {
    for (arguments, code, parts) in [
        (&["call", "get_weather", "city=Olso"][..], 1, &["Error: unknown city `Olso`: did you mean `Oslo`?"][..]),
        (&["call", "get_weather", "cty=Oslo"], 1, &["`cty` is not an argument", "did you mean `city`?"]),
        (&["call", "get_wether", "city=Oslo"], 1, &["unknown tool `get_wether`; did you mean `get_weather`?\n"]),
        (&["call", "get_forecast", "city=Oslo", "days=many"], 1, &["`days` must be an integer"]),
        (
            &["call", "get_weather"],
            2,
            &[
                "error: `get_weather` lacks 1 argument:\n      city  string, 1–100 characters  required",
                "Usage: weather call",
            ],
        ),
        (&["call", "get_weather", "Oslo"], 2, &["write `name=value`"]),
        (&["call", "get_weather", "city=a", "city=b"], 2, &["`city` is given twice"]),
        (&["call", "get_weather", "--args", "[]"], 2, &["write an object of JSON"]),
        (&["cal"], 2, &["a similar subcommand exists: 'call'"]),
        (&["--htp"], 2, &["a similar argument exists: '--http'"]),
        (&["--http", "localhost"], 2, &["write an address and a port"]),
        (&["read", "weather://nothing"], 1, &["weather://nothing"]),
        (&["install"], 2, &["Usage: weather install", "claude-desktop", "vscode"]),
        (&["prompt", "weather_briefin"], 1, &["did you mean `weather_briefing`?"]),
    ] {
        let output = weather(arguments);
        assert_eq!((output.status.code(), &*output.stdout), (Some(code), &b""[..]), "{arguments:?}: {}", said(&output));
        for part in parts {
            assert!(said(&output).contains(part), "{arguments:?}: {part}: {}", said(&output));
        }
    }
}

#[test]
fn a_server_without_resources_says_so() {
    let output = example("hello", &["read", "config://app"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(said(&output), "Error: the server has nothing of this kind; `list` shows what it has\n");
}

#[test]
fn resources_prompts_and_completions_are_shown() {
    assert!(printed(&["read", "docs://weather/guide"]).starts_with("# "));
    let icon = weather(&["read", "weather://icon"]);
    assert_eq!(icon.stdout, include_bytes!("../../examples/weather/icon.png"), "bytes go into a pipe as they are");
    let prompt = printed(&["prompt", "analyze_weather_trend", "city=Oslo", "focus=wind"]);
    assert!(prompt.starts_with("user\nCompare ") && prompt.contains("\n\nassistant\nI will read"), "{prompt}");
    assert_eq!(printed(&["complete", "weather_briefing", "city=Os"]), "Oslo\n");
    assert_eq!(printed(&["complete", "weather://climate/{city}", "city=Os"]), "Oslo\n");
    assert_eq!(printed(&["complete", "analyze_weather_trend", "city=Oslo", "focus=w"]), "wind\n");
}

#[test]
fn bytes_are_saved() {
    let file = std::env::temp_dir().join(format!("mcp-runtime-cli-{}.png", std::process::id()));
    let path = file.to_str().unwrap();
    assert_eq!(printed(&["read", "weather://icon", "--output", path]), "");
    assert_eq!(std::fs::read(&file).unwrap(), include_bytes!("../../examples/weather/icon.png"));
    std::fs::remove_file(file).unwrap();
}

#[test]
fn everything_is_one_document() {
    let document: Value = serde_json::from_str(&printed(&["inspect"])).unwrap();
    assert_eq!(document["serverInfo"]["name"], "weather");
    assert_eq!(document["prompts"].as_array().unwrap().len(), 2);
}

#[test]
fn findings_fail() {
    let output = weather(&["lint"]);
    assert_eq!(output.status.code(), Some(1));
    let found = String::from_utf8(output.stdout).unwrap();
    assert!(found.contains("warning[undescribed_parameter]: tool `weather`: `city`"), "{found}");
    assert!(found.contains("  --> examples/weather/main.rs:"), "{found}");
}

#[test]
fn that_nothing_is_found_is_said() {
    let output = example("deploy", &["lint"]).output().unwrap();
    assert_eq!((output.status.code(), &*output.stdout), (Some(0), &b""[..]), "{}", said(&output));
    assert_eq!(said(&output), "there are no findings\n");
}

#[test]
fn a_host_is_told_of_the_program() {
    let entry: Value = serde_json::from_str(&printed(&["install", "json", "--env", "A=b", "--", "--quiet"])).unwrap();
    let entry = &entry["mcpServers"]["weather"];
    assert_eq!((&entry["args"], &entry["env"]), (&json!(["--quiet"]), &json!({ "A": "b" })));
    assert!(entry["command"].as_str().unwrap().ends_with("/weather"), "{entry}");
}

#[test]
fn shells_and_manuals_are_served() {
    let script = printed(&["completions", "bash"]);
    assert!(script.contains("complete -F _weather"));
    for name in ["get_weather", "weather_briefing"] {
        assert!(script.contains(&format!(" {name}")), "{name} can be completed: {script}");
    }
    assert!(printed(&["man"]).contains(".SH CALL"));
    for help in [printed(&["--help"]), printed(&["-h"])] {
        assert!(
            help.starts_with("weather 1.0.0\n") && help.contains("Over HTTP:") && help.contains("\n  call "),
            "{help}"
        );
        assert!(!help.contains("\n  man "), "it is not in the way: {help}");
    }
    assert_eq!(printed(&["--version"]), "weather 1.0.0\n");
}

#[test]
fn who_reads_no_further_is_left_in_peace() {
    let mut child = example("weather", &["inspect"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!((child.wait().unwrap().code(), errors.as_str()), (Some(0), ""));
}

#[test]
fn a_start_is_told_in_one_line_unless_it_is_quiet() {
    let counts = "weather 1.0.0 serves 4 tools, 4 resources, 1 resource template and 2 prompts over stdio";
    let announced =
        |arguments: &[&str]| said(&weather(arguments)).lines().filter(|line| line.starts_with("weather 1")).count();
    assert!(said(&weather(&[])).lines().any(|line| line == counts), "{}", said(&weather(&[])));
    assert_eq!((announced(&[]), announced(&["-q"]), announced(&["list"])), (1, 0, 0));
}

#[test]
fn what_rust_log_names_is_written() {
    let traced = |wanted: &str| {
        said(&example("weather", &["call", "weather", "city=Oslo"]).env("RUST_LOG", wanted).output().unwrap())
    };
    assert!(!traced("").contains("tools/call"));
    assert!(traced("mcp_runtime=info,warn").contains("mcp.server"), "{}", traced("mcp_runtime=info,warn"));
    let wrong = traced("mcp_runtime=loud");
    assert!(wrong.contains("`RUST_LOG` is not understood") && wrong.contains("questions answered: "), "{wrong}");
}

/// What functions print is no part of the answer.
#[test]
fn what_is_printed_appears_on_standard_error() {
    let output = example("everything", &["call", "test_simple_text"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "This is a simple text response for testing.\n");
}

/// There is nobody who could be asked.
#[test]
fn questions_need_a_terminal() {
    let output = example("everything", &["call", "confirm_delete", "filename=x"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("it asks a person: run it at a terminal"), "{}", said(&output));
}
