"""What it costs to build a small server, and what it takes then: crates, processor seconds, size, start, memory.

Small servers are written into crates of their own and built with cargo's own profiles. Processor seconds are those of all processes of
a build, and hardly depend on what else the machine does.
"""

import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import tempfile

import machine
import table
from messages import LEGACY
from servers import ROOT, Server

MANIFEST = '''
[package]
name = "server"
version = "1.0.0"
edition = "2024"

[dependencies]
{dependencies}

[workspace]
'''


class OurCrate:
    name = "ours"
    lock = ROOT / "Cargo.lock"

    def dependencies(self, transport):
        return f'mcp-runtime = {{ path = "{ROOT}/mcp-runtime", default-features = false, features = ["{transport}"] }}'

    def program(self, transport, tools):
        run = {"stdio": "run_stdio()", "http": "run_http(&std::env::args().nth(1).unwrap_or_default())"}[transport]
        return OURS.format(tools="".join(map(OUR_TOOL, range(tools))), run=run)


class RmcpCrate:
    name = "rmcp"
    lock = ROOT / "benches/peers/Cargo.lock"

    def dependencies(self, transport):
        both = 'serde = { version = "1", features = ["derive"] }\nschemars = "1"\n'
        if transport == "stdio":
            return both + RMCP_STDIO
        return both + RMCP_HTTP

    def program(self, transport, tools):
        types, functions = "".join(map(RMCP_TYPE, range(tools))), "".join(map(RMCP_TOOL, range(tools)))
        return RMCP.format(types=types, functions=functions, run={"stdio": RMCP_RUN_STDIO, "http": RMCP_RUN_HTTP}[transport])


OURS = '''
use mcp_runtime::tool;
{tools}
fn main() -> mcp_runtime::Result<()> {{
    mcp_runtime::server!().{run}
}}
'''

OUR_TOOL = '''
/// Finds entries.
#[tool]
fn find_{0}(
    /// Where to look.
    path: String,
    /// How many entries to return at most.
    limit: Option<i64>,
    /// Whether to go into folders.
    recursive: Option<bool>,
) -> String {{
    format!("found in {{path}}: {{limit:?}} {{recursive:?}}")
}}
'''.format

RMCP = '''
use rmcp::{{handler::server::wrapper::Parameters, tool, tool_router}};
{types}
#[derive(Clone)]
struct Server;

#[tool_router(server_handler)]
impl Server {{{functions}}}

#[tokio::main]
async fn main() {{
{run}
}}
'''

RMCP_TYPE = '''
#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Find{0} {{
    /// Where to look.
    path: String,
    /// How many entries to return at most.
    limit: Option<i64>,
    /// Whether to go into folders.
    recursive: Option<bool>,
}}
'''.format

RMCP_TOOL = '''
    #[tool(description = "Finds entries.")]
    fn find_{0}(&self, Parameters(Find{0} {{ path, limit, recursive }}): Parameters<Find{0}>) -> String {{
        format!("found in {{path}}: {{limit:?}} {{recursive:?}}")
    }}
'''.format

RMCP_STDIO = '''
rmcp = { version = "=3.9.0", features = ["server", "macros", "transport-io"] }
tokio = { version = "1", features = ["rt-multi-thread", "macros"] }
'''

RMCP_HTTP = '''
rmcp = { version = "=3.9.0", features = ["server", "macros", "transport-streamable-http-server"] }
tokio = { version = "1", features = ["rt-multi-thread", "macros", "net"] }
axum = { version = "0.8", default-features = false, features = ["http1", "tokio"] }
'''

RMCP_RUN_STDIO = '''
    use rmcp::ServiceExt as _;
    let running = Server.serve(rmcp::transport::stdio()).await.expect("serve");
    let _ = running.waiting().await;
'''

RMCP_RUN_HTTP = '''
    use rmcp::transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    };
    let service = StreamableHttpService::new(
        || Ok(Server),
        std::sync::Arc::new(LocalSessionManager::default()),
        StreamableHttpServerConfig::default(),
    );
    let router = axum::Router::new().route_service("/mcp", service);
    let listener = tokio::net::TcpListener::bind(std::env::args().nth(1).unwrap_or_default()).await.expect("bind");
    axum::serve(listener, router).await.expect("serve");
'''

GATES = {"stdio": ("45", "45", "75", "1.8", "1.6 (1.4)", "3.5 (3)"), "http": ("rmcp", "rmcp", "rmcp", "rmcp", "", "3.6 (3)")}


def costs(_, rounds):
    table.head("server with 2 tools", "crates", "cold build, debug, CPU-s", "cold build, release, CPU-s", "stripped, MB",
               "start to first answer, CPU-ms", "resident, idle, MiB")
    rebuilt = {}
    with tempfile.TemporaryDirectory() as scratch:
        for transport in ("stdio", "http"):
            for kind in (RmcpCrate(), OurCrate()):
                folder = pathlib.Path(scratch, f"{kind.name}-{transport}")
                write(kind, folder, transport, 2)
                debug, release = build(folder), build(folder, "--release")
                table.row(f"{transport}, {kind.name}", crates(folder), f"{debug:.0f}", f"{release:.0f}", f"{strip(folder):.1f}",
                          *running(folder, transport, 10 * rounds))
                if transport == "stdio":
                    rebuilt[kind.name] = [rebuild(kind, folder, tools) for tools in (2, 100)]
            table.row("gate (aim)", *GATES[transport])
    print()
    table.head("rebuild of the crate itself, release, CPU-s", "rmcp", "ours", "gate")
    for title, gate, *cells in zip(("2 tools", "100 tools"), ("5", "12"), rebuilt["rmcp"], rebuilt["ours"]):
        table.row(title, *(f"{cell:.1f}" for cell in cells), gate)


class Small(Server):
    """A server that was just built: it has no command line but the address."""

    def stdio_words(self, tools):
        return []

    def http_words(self, tools, port, is_stateless):
        return [f"127.0.0.1:{port}"]


def running(folder, transport, times):
    """Milliseconds of processor time to the first answer, and mebibytes."""
    server = Small(folder / "stripped")
    runs = [idle(server, transport) for _ in range(times)]
    start, kib = (statistics.median(each) for each in zip(*runs))
    return ("" if transport == "http" else f"{start:.2f}"), f"{kib / 1024:.1f}"


def idle(server, transport):
    open_client = server.stdio if transport == "stdio" else server.http
    with open_client("2", LEGACY) as client:
        return machine.cpu_seconds(client.pid) * 1000, machine.resident(client.pid)


def write(kind, folder, transport, tools):
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "src/main.rs").write_text(kind.program(transport, tools))
    (folder / "Cargo.toml").write_text(MANIFEST.format(dependencies=kind.dependencies(transport)))
    shutil.copy(kind.lock, folder / "Cargo.lock")


def build(folder, *flags):
    subprocess.run(["cargo", "fetch", "--quiet"], cwd=folder, check=True)
    environment = {key: value for key, value in os.environ.items() if key != "CARGO_TARGET_DIR"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["cargo", "build", "--quiet", *flags], cwd=folder, check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rebuild(kind, folder, tools):
    """After a change of a line, with everything else in place."""
    source = folder / "src/main.rs"
    source.write_text(kind.program("stdio", tools))
    build(folder, "--release")
    source.write_text(source.read_text().replace("found in", "there is in"))
    return build(folder, "--release")


def crates(folder):
    command = ["cargo", "tree", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"]
    tree = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    return len({line.split(" (")[0] for line in tree.splitlines() if line.strip()}) - 1


def strip(folder):
    """How many megabytes are left."""
    copy = folder / "stripped"
    subprocess.run(["strip", "-o", str(copy), str(folder / "target/release/server")], check=True)
    return copy.stat().st_size / 1e6
