"""Measures what a server on standard input and output costs: crates, build, size, start, memory.

    python3 .ci/figures.py [NAME=COMMAND ...]

Builds the smallest server (two tools, default features off, `stdio`) in a crate of its own, with cargo's own profiles.
Servers that are named besides are started in the same run, in turn with ours. CPU seconds are user and system time of all
processes of a build; times of a start are the least and the median of many.
"""

import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
STARTS = 60

PROGRAM = '''
use mcp_runtime::tool;

/// Adds two numbers.
#[tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Greets somebody.
#[tool]
fn greet(
    /// Whom to greet.
    name: String,
) -> String {
    format!("Hello, {name}!")
}

fn main() -> mcp_runtime::Result<()> {
    mcp_runtime::server!().run()
}
'''

MANIFEST = '''
[package]
name = "server"
version = "1.0.0"
edition = "2024"

[dependencies]
mcp-runtime = {{ path = "{path}"{features} }}

[workspace]
'''

BARE = ', default-features = false, features = ["stdio"]'


def write_crate(folder, features):
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "src/main.rs").write_text(PROGRAM)
    (folder / "Cargo.toml").write_text(MANIFEST.format(path=ROOT / "mcp-runtime", features=features))
    shutil.copy(ROOT / "Cargo.lock", folder)


def crates(folder):
    command = ["cargo", "tree", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"]
    tree = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    return len({line.split(" (")[0] for line in tree.splitlines() if line.strip()}) - 1


def build(folder, profile):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    flags = ["--release"] if profile == "release" else []
    environment = {key: value for key, value in os.environ.items() if key != "CARGO_TARGET_DIR"}
    subprocess.run(["cargo", "build", "--quiet", *flags], cwd=folder, check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def change(folder):
    source = folder / "src/main.rs"
    source.write_text(source.read_text().replace("Hello", "Good day"))


def start(command):
    """Milliseconds to the first answer, CPU milliseconds of the process by then, and KiB resident after `tools/list`."""
    began = time.perf_counter()
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    ask(server, 1, "initialize", {"protocolVersion": "2025-06-18", "capabilities": {},
                                  "clientInfo": {"name": "figures", "version": "1"}})
    taken = (time.perf_counter() - began) * 1000
    tasks = pathlib.Path(f"/proc/{server.pid}/task").iterdir()
    cpu = sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6
    server.stdin.write(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
    ask(server, 2, "tools/list", {})
    status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
    resident = int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))
    server.stdin.close()
    server.wait()
    return taken, cpu, resident


def ask(server, number, method, params):
    request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    server.stdin.write(json.dumps(request).encode() + b"\n")
    server.stdin.flush()
    answer = json.loads(server.stdout.readline())
    assert answer["id"] == number and "result" in answer, answer


def starts(servers):
    runs = {name: [] for name in servers}
    for _ in range(STARTS):
        for name, command in servers.items():
            runs[name].append(start(command))
    for name, rows in runs.items():
        taken, cpu, resident = zip(*rows)
        print(f"{name}: first answer {min(taken):.2f} ms at least, {statistics.median(taken):.2f} ms median; "
              f"CPU {statistics.median(cpu):.2f} ms; {statistics.median(resident)} KiB resident after tools/list")


def main():
    others = dict(pair.split("=", 1) for pair in sys.argv[1:])
    with tempfile.TemporaryDirectory() as scratch:
        bare, full = pathlib.Path(scratch, "bare"), pathlib.Path(scratch, "full")
        write_crate(bare, BARE)
        write_crate(full, "")
        print(f"crates: {crates(bare)} with default features off, {crates(full)} with default features")
        for profile in ("debug", "release"):
            print(f"cold build, {profile}: {build(bare, profile):.1f} CPU-s")
        change(bare)
        print(f"rebuild of 2 tools, release: {build(bare, 'release'):.1f} CPU-s")
        binary = bare / "target/release/server"
        stripped = bare / "stripped"
        subprocess.run(["strip", "-o", str(stripped), str(binary)], check=True)
        print(f"stripped: {stripped.stat().st_size / 1e6:.2f} MB")
        starts({"ours": [str(stripped)]} | {name: command.split() for name, command in others.items()})


if __name__ == "__main__":
    main()
