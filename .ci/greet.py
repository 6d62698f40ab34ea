"""Opens a session with a server on stdio and asserts that it answers with its own name and then ends."""

import json
import subprocess
import sys

LATEST = "2025-11-25"


def main(name, server):
    opening = {"protocolVersion": LATEST, "capabilities": {}, "clientInfo": {"name": "ci", "version": "1.0.0"}}
    requests = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": opening},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
    ]
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run([server], input=lines, capture_output=True, text=True, timeout=20, check=True)
    first, second = sorted((json.loads(line) for line in done.stdout.splitlines()), key=lambda answer: answer["id"])
    assert first["result"]["protocolVersion"] == LATEST, first
    assert first["result"]["serverInfo"]["name"] == name, first
    assert first["result"]["serverInfo"]["version"] == "1.2.3", first
    assert second["result"]["tools"], second
    print(f"{name} answers, with {len(second['result']['tools'])} tools")


if __name__ == "__main__":
    main(*sys.argv[1:])
