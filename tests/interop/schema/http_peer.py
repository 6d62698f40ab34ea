"""The same client over HTTP, which also checks what HTTP says about each answer."""

import base64
import http.client
import json
from urllib.parse import urlsplit

from peer import PATIENCE, Peer
from scenario import BLANKS, META, RESPONSES
from server import Listening

BAD_REQUEST = {-32700, -32600, -32020, -32021, -32022}
NOT_FOUND = {-32601}


class HttpPeer(Peer):
    """Each message is a POST. `faults` are statuses and headers that are not the ones that they should be."""

    def __init__(self, command, reply, revision):
        super().__init__(reply)
        self.revision = revision
        self.silent = [] if revision.modern else RESPONSES
        self.bad = [(line, -32700, None) for line in BLANKS]
        if revision.modern:
            self.bad += [(line, -32600, None) for line in RESPONSES]
        self.server = Listening([command, "--http", "127.0.0.1:0"], self.environment)
        self.url = urlsplit(self.server.url)
        self.connection = http.client.HTTPConnection(self.url.netloc, timeout=PATIENCE)
        self.session, self.mirrored = {}, {}

    def write(self, line):
        response, body = self.exchange("POST", line, {"Content-Type": "application/json", **self.headers(line)})
        lines = self.messages(response, body)
        for message in lines:
            self.learn(message)
            self.unread.put(message)
        expected = self.expected_status(lines)
        if response.status != expected:
            self.faults.append(f"status {response.status} instead of {expected} for {line[:300]} with {body[:300]}")
        given = response.getheader("Mcp-Session-Id")
        if given:
            self.session = {"Mcp-Session-Id": given}

    def exchange(self, method, body, headers):
        self.connection.request(method, self.url.path, body, {"Accept": self.accept, **self.session, **headers})
        response = self.connection.getresponse()
        return response, response.read()

    def headers(self, line):
        """What a client repeats of its message."""
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        if not self.revision.modern:
            return {"MCP-Protocol-Version": self.revision.name} if self.session else {}
        method, params = (message.get("method"), message.get("params", {})) if isinstance(message, dict) else (None, {})
        headers = {"MCP-Protocol-Version": params.get("_meta", {}).get(META + "protocolVersion", self.revision.name)}
        if isinstance(method, str):
            headers["Mcp-Method"] = method
        name = params.get("uri" if method == "resources/read" else "name")
        if method in ["tools/call", "prompts/get", "resources/read"] and isinstance(name, str):
            headers["Mcp-Name"] = encoded(name)
        if method == "tools/call" and isinstance(params.get("arguments"), dict):
            headers |= self.mirrors(name, params["arguments"])
        return headers

    def mirrors(self, tool, arguments):
        """Headers for those arguments that the tool wants repeated."""
        mirrored = self.mirrored.get(tool, {})
        return {
            f"Mcp-Param-{mirrored[name]}": encoded(value if isinstance(value, str) else json.dumps(value))
            for name, value in arguments.items()
            if name in mirrored and isinstance(value, (str, int))
        }

    def learn(self, line):
        """Remembers which arguments the listed tools want repeated."""
        message = json.loads(line)
        result = message.get("result", {}) if isinstance(message, dict) else {}
        for tool in result.get("tools", []):
            properties = tool["inputSchema"].get("properties", {}).items()
            self.mirrored[tool["name"]] = {name: part["x-mcp-header"] for name, part in properties if "x-mcp-header" in part}

    def expected_status(self, lines):
        if not lines:
            return 202
        message = json.loads(lines[-1])
        code = message.get("error", {}).get("code") if isinstance(message, dict) else None
        if code in BAD_REQUEST:
            return 400
        return 404 if code in NOT_FOUND and self.revision.modern else 200

    def messages(self, response, body):
        """What a response says, message by message."""
        kind = response.getheader("Content-Type")
        if response.status == 202 and (body or kind):
            self.faults.append(f"202 with {kind}: {body[:300]}")
        if kind == "text/event-stream":
            return self.streamed(response, body)
        if response.status == 200 and kind != self.kind:
            self.faults.append(f"{kind} where {self.accept} was accepted: {body[:300]}")
        return [body] if kind == "application/json" else []

    def streamed(self, response, body):
        """What a stream says. If it ends before the answer, the client comes back for that."""
        self.stream_faults(response, body)
        found = [b"\n".join(fields["data"]) for fields in events(body) if any(fields.get("data", []))]
        ids = [fields["id"][-1].decode() for fields in events(body) if "id" in fields]
        if not ids and self.kind != "text/event-stream":
            self.faults.append(f"a stream that is of no use where JSON would do: {body[:300]}")
        if found or not ids:
            return found
        return self.messages(*self.exchange("GET", None, {"Accept": "text/event-stream", "Last-Event-ID": ids[-1]}))

    def stream_faults(self, response, body):
        for header, expected in {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}.items():
            if response.getheader(header) != expected:
                self.faults.append(f"a stream with {header}: {response.getheader(header)}")
        unknown = {name for fields in events(body) for name in fields} - {"data", "id", "event", "retry"}
        if unknown or not body.endswith(b"\n\n"):
            self.faults.append(f"no event stream: {body[:300]}")

    def close(self):
        """Ends the session and then the server, gives its exit code."""
        if self.session:
            response, body = self.exchange("DELETE", None, {})
            if (response.status, body) != (204, b""):
                self.faults.append(f"DELETE was answered with {response.status} {body[:300]}")
        code, complaints = self.server.stop()
        self.faults += complaints
        return code

    def kill(self):
        self.server.process.kill()


class JsonPeer(HttpPeer):
    """Takes both forms of answers, as every client should; those that are there at once are JSON."""

    accept, kind = "application/json, text/event-stream", "application/json"


class EventsPeer(HttpPeer):
    """Takes nothing but events."""

    accept, kind = "text/event-stream", "text/event-stream"


def events(body):
    """The fields of each event, with all values that each of them has. Comments say nothing."""
    for event in body.decode().split("\n\n"):
        fields = {}
        for line in event.split("\n"):
            name, _, value = line.partition(":")
            if name:
                fields.setdefault(name, []).append(value.removeprefix(" ").encode())
        if fields:
            yield fields


def encoded(name):
    """A value for a header, which takes nothing but visible ASCII as it is."""
    if name.isascii() and name.isprintable() and name == name.strip() and not name.startswith("=?base64?"):
        return name
    return f"=?base64?{base64.b64encode(name.encode()).decode()}?="
