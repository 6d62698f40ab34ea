//! A clock that is set while a server runs, by means of a library that the process loads before others.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::torture::{Torture, command};

const DAY: i64 = 24 * 60 * 60;

/// A server whose clock can be set. It has tasks and asks questions.
struct Clocked {
    server: Torture,
    offset: PathBuf,
}

impl Clocked {
    fn start() -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let name = |end: &str| folder.join(format!("clock-{}.{end}", std::process::id()));
        let (library, offset) = (name("so"), name("offset"));
        let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/process/clock.c");
        // Rust links with it, so it is there.
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-o"]).args([&library, &source]);
        assert!(compiler.status().unwrap().success());
        let mut program = Command::new(PathBuf::from(command().get_program()).with_file_name("bench"));
        program.env("BENCH_TOOLS", "more").stderr(Stdio::piped());
        program.env("LD_PRELOAD", library).env("CLOCK_OFFSET", &offset);
        Self { server: Torture::spawn(program), offset }
    }

    fn set(&self, seconds: i64) {
        std::fs::write(&self.offset, seconds.to_string()).unwrap();
    }

    fn ask(&mut self, method: &str, mut params: Value) -> Value {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities":
                { "elicitation": {}, "extensions": { "io.modelcontextprotocol/tasks": {} } },
        });
        let id = self.server.ask(method, params);
        self.server.answer(id)
    }

    /// Starts a task that takes a while.
    fn start_task(&mut self) -> Value {
        let call = json!({ "name": "later", "arguments": { "ms": 200 } });
        let created = self.ask("tools/call", call);
        assert_eq!(created["result"]["resultType"], "task", "{created}");
        created["result"].clone()
    }

    fn task(&mut self, id: &Value) -> Value {
        self.ask("tasks/get", json!({ "taskId": id }))
    }

    fn completed(&mut self, id: &Value) -> Value {
        let start = Instant::now();
        loop {
            let task = self.task(id)["result"].clone();
            if task["status"] == "completed" {
                return task;
            }
            assert!(start.elapsed() < Duration::from_secs(10), "{task}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn question() -> Value {
    json!({ "name": "ask", "arguments": {} })
}

/// The same call with the answer to what it asks.
fn answered(asked: &Value) -> Value {
    let requests = asked["result"]["inputRequests"].as_object().unwrap_or_else(|| panic!("{asked}"));
    let answers = requests.keys().map(|key| (key.clone(), json!({ "action": "decline" })));
    let mut again = question();
    again["inputResponses"] = Value::Object(answers.collect());
    again["requestState"] = asked["result"]["requestState"].clone();
    again
}

#[test]
fn a_clock_that_is_set_back_loses_nothing() {
    let mut all = Clocked::start();
    all.set(0);
    let (task, asked) = (all.start_task(), all.ask("tools/call", question()));
    for back in [DAY, 100 * 365 * DAY] {
        all.set(-back);
        let done = all.completed(&task["taskId"]);
        let time = |of: &Value, what: &str| of[what].as_str().unwrap().to_owned();
        assert!(time(&done, "lastUpdatedAt") >= time(&task, "createdAt"), "{done}");
        let told = all.ask("tools/call", answered(&asked));
        assert_eq!(told["result"]["resultType"], "complete", "{told}");
        // What begins now has its time.
        let now = all.start_task();
        assert!(time(&now, "createdAt") < time(&task, "createdAt"), "the clock was not set: {now}");
        all.completed(&now["taskId"]);
    }
    // Set forward, it ends what has an end.
    all.set(2 * DAY);
    assert_eq!(all.task(&task["taskId"])["error"]["code"], -32602);
    assert_eq!(all.ask("tools/call", answered(&asked))["error"]["code"], -32602);
    let Clocked { server, offset } = all;
    assert!(server.finish().is_empty());
    std::fs::remove_file(&offset).unwrap();
    std::fs::remove_file(offset.with_extension("so")).unwrap();
}
