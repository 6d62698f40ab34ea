"""The servers that are measured, and how they are started."""

import os
import pathlib
import subprocess

import messages
from pipe import Pipe
from web import Web, free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ROOT / "benches/peers"

# Freed memory stays with the process: the least that a server can do is not to fault it in again.
KEEPS_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}


class Server:
    """`wrapper` in the calls below is put before the command, such as valgrind."""

    environment = {}

    def __init__(self, binary):
        self.binary = str(binary)

    def stdio(self, tools, era, wrapper=(), **options):
        command = [*wrapper, self.binary, *self.stdio_words(tools)]
        return Pipe(command, self.environment | self.variables(tools), era, **options)

    def http(self, tools, era, has_sessions=False, wrapper=(), **options):
        port = free_port()
        is_stateless = era == messages.LEGACY and not has_sessions
        command = [*wrapper, self.binary, *self.http_words(tools, port, is_stateless)]
        environment = self.environment | self.variables(tools)
        return Web(command, environment, port, era, has_sessions=has_sessions, **options)

    def variables(self, tools):
        return {}

    def can(self, workload):
        return True

    def workload(self, workload, era):
        """What asks this server for the same."""
        return workload


class Ours(Server):
    def variables(self, tools):
        return {"BENCH_TOOLS": tools}

    def stdio_words(self, tools):
        return []

    def http_words(self, tools, port, is_stateless):
        return ["--http", f"127.0.0.1:{port}", *(["--stateless"] if is_stateless else [])]


class Peer(Server):
    def stdio_words(self, tools):
        return ["stdio", "--tools", tools]

    def http_words(self, tools, port, is_stateless):
        return ["http", "--port", str(port), "--tools", tools, "--stateless", str(is_stateless).lower()]


class Floor(Peer):
    environment = KEEPS_MEMORY

    def can(self, workload):
        return isinstance(workload, (messages.Add, messages.Listing, messages.Echo, messages.Big, messages.Book))


class Rmcp(Peer):
    def workload(self, workload, era):
        return messages.AskInRounds() if isinstance(workload, messages.Ask) and era == messages.MODERN else workload


def target(folder):
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or folder / "target")


def build_ours(**settings):
    command = ["cargo", "build", "--quiet", "--release", "--example", "bench"]
    subprocess.run(command, cwd=ROOT, env=os.environ | settings, check=True)
    return Ours(target(ROOT) / "release/examples/bench")


def build_all():
    """`floor`, `rmcp` and `ours`."""
    folder = pathlib.Path(os.environ.get("PEERS_TARGET_DIR") or PEERS / "target")
    environment = os.environ | {"CARGO_TARGET_DIR": str(folder)}
    subprocess.run(["cargo", "build", "--quiet", "--release"], cwd=PEERS, env=environment, check=True)
    return {"floor": Floor(folder / "release/floor"), "rmcp": Rmcp(folder / "release/rmcp"), "ours": build_ours()}
