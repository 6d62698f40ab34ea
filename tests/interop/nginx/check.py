"""Calls through nginx while the servers behind it are restarted one after the other: no call fails. Streams are not held back.
Conversations go on at another server with every round, and do nothing twice.

python3 check.py NGINX FOLDER WEATHER TORTURE DEPLOY
"""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection, HTTPException

REPLICAS = 3
ROUNDS = int(os.environ.get("NGINX_ROUNDS", "2"))
CLIENTS = 8
HOST = "mcp.example.com"
WEATHER = {"name": "get_weather", "arguments": {"city": "Oslo"}}
SLEEP = {"name": "sleep", "arguments": {"ms": 50}}
DEPLOY = {"name": "deploy", "arguments": {"service": "shop", "version": "1.2.3"}}
MACHINES = ["alpha", "beta", "gamma"]
ANSWERS = {
    "target": {"action": "accept", "content": {"environment": "staging"}},
    "notes": {"role": "assistant", "content": {"type": "text", "text": "Faster."}, "model": "none"},
    "health": {"action": "accept", "content": {"well": True}},
}


class Server:
    """A replica, which comes back at the same port."""

    def __init__(self, command, environment):
        self.command, self.environment = command, {**os.environ, **environment}
        self.port = 0
        self.start()

    def start(self):
        command = [part.replace("PORT", str(self.port)) for part in self.command]
        self.process = subprocess.Popen(command, env=self.environment, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if found := re.search(r" at http://127\.0\.0\.1:(\d+)/mcp", line):
                self.port = int(found[1])
                break
        else:
            sys.exit(f"nginx: {command} does not listen")
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        wait_until(self.is_ready, f"a replica at {self.port}")

    def is_ready(self):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def kill(self):
        self.process.kill()
        self.process.wait()


def wait_until(is_so, what):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with contextlib.suppress(OSError, HTTPException):
            if is_so():
                return
        time.sleep(0.02)
    sys.exit(f"nginx: {what} does not answer")


class Nginx:
    """In front of these replicas."""

    def __init__(self, program, folder, replicas):
        self.plain, self.kept = free_port(), free_port()
        upstream = "\n        ".join(f"server 127.0.0.1:{replica.port} max_fails=0;" for replica in replicas)
        words = {"FOLDER": str(folder), "REPLICAS": upstream, "PLAIN": str(self.plain), "KEPT": str(self.kept)}
        words["USER"] = "user root;" if os.geteuid() == 0 else ""
        text = (pathlib.Path(__file__).parent / "nginx.conf").read_text()
        for word, value in words.items():
            text = text.replace(word, value)
        configuration, self.log = folder / "nginx.conf", folder / "error.log"
        configuration.write_text(text)
        self.process = subprocess.Popen([program, "-e", str(self.log), "-p", str(folder), "-c", str(configuration)])
        wait_until(lambda: HTTPConnection("127.0.0.1", self.plain, timeout=5).connect() is None, "nginx")

    def complaints(self):
        return [line for line in self.log.read_text().splitlines() if "[error]" in line and "refused" not in line]

    def kill(self):
        self.process.terminate()
        self.process.wait(20)


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


class Client:
    """One connection to nginx, and how its calls went."""

    def __init__(self, port, host, is_modern, call, capabilities=None):
        self.port, self.host, self.is_modern, self.params = port, host, is_modern, call
        self.capabilities = capabilities or {}
        self.connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self.times, self.failures = [], []

    def request(self, number):
        params, headers = dict(self.params), {"Host": self.host, "Content-Type": "application/json"}
        headers["Accept"] = "application/json, text/event-stream"
        headers["MCP-Protocol-Version"] = "2026-07-28" if self.is_modern else "2025-11-25"
        if self.is_modern:
            headers |= {"Mcp-Method": "tools/call", "Mcp-Name": params["name"]}
            prefix = "io.modelcontextprotocol/"
            params["_meta"] = {prefix + "protocolVersion": "2026-07-28", prefix + "clientCapabilities": self.capabilities}
        body = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
        self.connection.request("POST", "/mcp", json.dumps(body), headers)
        return self.connection.getresponse()

    def call(self, number):
        begin = time.monotonic()
        try:
            response = self.request(number)
            body = response.read()
            answer = json.loads(body) if response.status == 200 else {}
            if answer.get("id") != number or answer.get("result", {}).get("isError") or "result" not in answer:
                self.failures.append(f"{response.status} {body[:200]}")
        except (OSError, HTTPException, ValueError) as error:
            self.failures.append(repr(error))
            self.connection.close()
        self.times.append(time.monotonic() - begin)

    def call_until(self, is_over):
        number = 0
        while not is_over.is_set():
            number += 1
            self.call(number)


def restarts(nginx, replicas, host, call):
    """Calls on both ways through nginx while each replica is restarted; says what failed."""
    is_over = threading.Event()
    clients = [
        Client(port, host, number % 2 == 0, call)
        for port in (nginx.plain, nginx.kept)
        for number in range(CLIENTS)
    ]
    threads = [threading.Thread(target=client.call_until, args=[is_over]) for client in clients]
    for thread in threads:
        thread.start()
    failures = []
    for replica in replicas * ROUNDS:
        time.sleep(0.3)
        code = replica.stop()
        if code != 0:
            failures.append(f"a replica ended with {code}")
        time.sleep(0.2)
        replica.start()
    time.sleep(0.3)
    is_over.set()
    for thread in threads:
        thread.join()
    for way, port in (("a connection for each", nginx.plain), ("kept connections", nginx.kept)):
        some = [client for client in clients if client.port == port]
        times = sorted(taken for client in some for taken in client.times)
        failed = [failure for client in some for failure in client.failures]
        failures += failed
        print(
            f"nginx, {call['name']}, {way}: {len(times)} calls during {len(replicas) * ROUNDS} restarts, {len(failed)} failed; "
            f"median {times[len(times) // 2] * 1000:.1f} ms, 99 % {times[len(times) * 99 // 100] * 1000:.1f} ms"
        )
    return failures


def streams(nginx):
    """A call that takes 2 s becomes a stream after 0.2 s, and its head and first event come then."""
    failures = []
    for way, port in (("a connection for each", nginx.plain), ("kept connections", nginx.kept)):
        client = Client(port, "localhost", False, {"name": "sleep", "arguments": {"ms": 2000}})
        begin = time.monotonic()
        response = client.request(1)
        first = response.readline()
        began, rest = time.monotonic() - begin, response.read()
        ended = time.monotonic() - begin
        print(f"nginx, a stream, {way}: the first line after {began * 1000:.0f} ms, the answer after {ended * 1000:.0f} ms")
        kind = response.headers["Content-Type"]
        if response.status != 200 or kind != "text/event-stream" or b"slept 2000" not in rest:
            failures.append(f"a stream was {response.status} {kind} {first + rest}")
        if began > 1 or ended < 1.5:
            failures.append(f"a stream was held back: its first line came after {began:.1f} s")
    return failures


def conversations(nginx, journal):
    """Each round of a conversation comes to another replica than the one before."""
    failures, rounds = [], 0
    for number in range(20):
        journal.unlink(missing_ok=True)
        asked, replicas = {}, []
        while asked.get("resultType", "input_required") == "input_required":
            answers = {key: ANSWERS[key] for key in asked.get("inputRequests", {})}
            state = {"requestState": asked["requestState"], "inputResponses": answers} if asked else {}
            capabilities = {"elicitation": {}, "sampling": {}}
            response = Client(nginx.plain, HOST, True, {**DEPLOY, **state}, capabilities).request(number)
            replicas.append(response.headers["X-Replica"])
            body = response.read()
            asked = json.loads(body).get("result", {"content": [{"text": body.decode()}]})
        said = asked["content"][0]["text"]
        if said != "All of staging has shop 1.2.3: Faster.":
            failures.append(f"a conversation ended with {said}")
        done = journal.read_text().splitlines() if journal.exists() else []
        if done != [f"shop 1.2.3 on staging/{machine}" for machine in MACHINES]:
            failures.append(f"a conversation did {done}")
        if len(replicas) == 4 and all(one != next for one, next in zip(replicas, replicas[1:])):
            rounds += 1
    print(f"nginx, deploy: 20 conversations of four rounds, {rounds} of them at another replica with each round")
    # nginx has two workers, each of which takes turns by itself.
    return failures if rounds else [*failures, "no conversation was at another replica with each round"]


def through(program, folder, command, environment, *checks):
    folder.mkdir()
    replicas, nginx, failures = [Server(command, environment) for _ in range(REPLICAS)], None, []
    try:
        nginx = Nginx(program, folder, replicas)
        for check in checks:
            failures += check(nginx, replicas)
        if failures:
            failures += nginx.complaints()[:20]
    finally:
        for process in [nginx, *replicas] if nginx else replicas:
            process.kill()
    return failures


def main(program, folder, weather, torture, deploy):
    folder = pathlib.Path(folder)
    failures = through(
        program,
        folder / "weather",
        [weather, "--http", "127.0.0.1:PORT", "--allow-host", HOST, "--stateless"],
        {},
        lambda nginx, replicas: restarts(nginx, replicas, HOST, WEATHER),
    )
    failures += through(
        program,
        folder / "torture",
        [torture, "http", "PORT"],
        {"TORTURE_STATELESS": "1", "TORTURE_STREAM_AFTER_MS": "200"},
        lambda nginx, replicas: restarts(nginx, replicas, "localhost", SLEEP),
        lambda nginx, replicas: streams(nginx),
    )
    journal = folder / "journal"
    failures += through(
        program,
        folder / "deploy",
        [deploy, "--http", "127.0.0.1:PORT", "--allow-host", HOST],
        {"DEPLOY_STATE_KEY": "the same 32 bytes for all of them", "DEPLOY_JOURNAL": str(journal)},
        lambda nginx, _: conversations(nginx, journal),
    )
    for failure in failures[:40]:
        print(f"nginx: {failure}", file=sys.stderr)
    sys.exit(f"nginx: {len(failures)} failures" if failures else 0)


main(*sys.argv[1:])
