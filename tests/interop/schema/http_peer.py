"""The same client over HTTP, which also checks what HTTP says about each answer."""

import base64
import http.client
import json
from contextlib import contextmanager
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
        self.idle = []
        self.session, self.mirrored = {}, {}

    def write(self, line):
        """Sends a message and keeps what comes back, as it comes: a question in it is answered before the rest is there."""
        lines = []
        with self.exchange("POST", line, {"Content-Type": "application/json", **self.headers(line)}) as response:
            for message in self.messages(response):
                lines.append(message)
                self.learn(message)
                self.keep(message)
        expected = self.expected_status(lines)
        if response.status != expected:
            self.faults.append(f"status {response.status} instead of {expected} for {line[:300]} with {lines[-1:]}")
        given = response.getheader("Mcp-Session-Id")
        if given:
            self.session = {"Mcp-Session-Id": given}

    def read(self):
        raise EOFError("the response ended without the answer")

    def listen(self, request, act, count):
        """Sends a request whose answer has no end, and leaves after so many messages of it; `act` follows the first."""
        line = json.dumps(request).encode()
        connection = http.client.HTTPConnection(self.url.netloc, timeout=PATIENCE)
        headers = {"Accept": self.accept, "Content-Type": "application/json", **self.headers(line)}
        with self.limit(PATIENCE, f"listening to {count} messages"):
            connection.request("POST", self.url.path, line, headers)
            told = self.messages(connection.getresponse())
            self.keep(next(told))
            act()
            for _ in range(count - 1):
                self.keep(next(told))
        connection.close()

    @contextmanager
    def exchange(self, method, body, headers):
        """A response that is to be read to its end. Others can begin meanwhile, on connections of their own."""
        connection = self.idle.pop() if self.idle else http.client.HTTPConnection(self.url.netloc, timeout=PATIENCE)
        with self.limit(PATIENCE, f"{method} {body}"[:300]):
            connection.request(method, self.url.path, body, {"Accept": self.accept, **self.session, **headers})
            response = connection.getresponse()
            yield response
            # The connection is free only when somebody has seen the end.
            response.read()
        self.idle.append(connection)

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

    def messages(self, response):
        """What a response says, message by message."""
        kind = response.getheader("Content-Type")
        if kind == "text/event-stream":
            yield from self.streamed(response)
            return
        body = response.read()
        if response.status == 202 and (body or kind):
            self.faults.append(f"202 with {kind}: {body[:300]}")
        if response.status == 200 and kind != self.kind:
            self.faults.append(f"{kind} where {self.accept} was accepted: {body[:300]}")
        if kind == "application/json":
            yield body

    def streamed(self, response):
        """What a stream says. If it ends before the answer, the client comes back for that."""
        found, place = [], None
        for fields in self.events(response):
            if "id" in fields:
                place = fields["id"][-1].decode()
            if any(fields.get("data", [])):
                found.append(b"\n".join(fields["data"]))
                yield found[-1]
        if place is None and self.kind != "text/event-stream" and all(is_answer(message) for message in found):
            self.faults.append(f"a stream that is of no use where JSON would do: {found}")
        if place is not None and not any(is_answer(message) for message in found):
            with self.exchange("GET", None, {"Accept": "text/event-stream", "Last-Event-ID": place}) as rest:
                yield from self.messages(rest)

    def events(self, response):
        """The fields of each event, with all values that each of them has. Comments say nothing."""
        for header, expected in {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}.items():
            if response.getheader(header) != expected:
                self.faults.append(f"a stream with {header}: {response.getheader(header)}")
        line, fields = None, {}
        for line in response:
            name, _, value = line.removesuffix(b"\n").partition(b":")
            if name:
                fields.setdefault(name.decode(), []).append(value.removeprefix(b" "))
            elif fields and line == b"\n":
                if fields.keys() - {"data", "id", "event", "retry"}:
                    self.faults.append(f"no event: {fields}")
                yield fields
                fields = {}
        if fields or line != b"\n":
            self.faults.append(f"a stream that ends within an event: {fields}")

    def close(self):
        """Ends the session and then the server, gives its exit code."""
        if self.session:
            with self.exchange("DELETE", None, {}) as response:
                body = response.read()
            if (response.status, body) != (204, b""):
                self.faults.append(f"DELETE was answered with {response.status} {body[:300]}")
        code, complaints = self.server.stop()
        of_depth = [line for line in complaints if "`Server::depth` allows no more" in line]
        if not of_depth:
            self.faults.append("the operator was not told of the limit that the scenario breaks")
        self.faults += [line for line in complaints if line not in of_depth]
        return code

    def kill(self):
        self.server.process.kill()


class JsonPeer(HttpPeer):
    """Takes both forms of answers, as every client should; those that are there at once are JSON."""

    accept, kind = "application/json, text/event-stream", "application/json"


class EventsPeer(HttpPeer):
    """Takes nothing but events."""

    accept, kind = "text/event-stream", "text/event-stream"


def is_answer(line):
    """Whether it is the answer to a request, or to a batch."""
    message = json.loads(line)
    return isinstance(message, list) or "method" not in message


def encoded(name):
    """A value for a header, which takes nothing but visible ASCII as it is."""
    if name.isascii() and name.isprintable() and name == name.strip() and not name.startswith("=?base64?"):
        return name
    return f"=?base64?{base64.b64encode(name.encode()).decode()}?="
