"""What the measured servers are asked, in both eras, and which answers are right."""

import json

LEGACY, MODERN = "legacy", "modern"
REVISION = {LEGACY: "2025-11-25", MODERN: "2026-07-28"}

CLIENT = {"name": "compare", "version": "1"}
CAPABILITIES = {"elicitation": {}}
META = {"io.modelcontextprotocol/protocolVersion": REVISION[MODERN],
        "io.modelcontextprotocol/clientInfo": CLIENT,
        "io.modelcontextprotocol/clientCapabilities": CAPABILITIES}

SOURCE = 'let total = rows.iter().map(|r| r.cost).sum(); // "net" price in \u20ac, 25 \u00b5s\n'
TEXT = SOURCE * (65536 // len(SOURCE.encode()))
# Numbers of requests begin here, so that all of them have the same length.
FIRST = 1_000_000


class Workload:
    """Requests of one kind.

    `few` and `many` are how many of them instructions are counted over, `tools` is what the server is started with, and
    `window` how many are in flight.
    """

    few, many, window = 100, 600, 64
    tools = "4"
    method = "tools/call"
    tool = None
    arguments = {}
    # Whether more than one message belongs to an answer.
    is_talk = False

    def params(self, number):
        return {"name": self.tool, "arguments": self.arguments}

    def request(self, number, era):
        params = self.params(number)
        if era == MODERN:
            params = params | {"_meta": META | params.get("_meta", {})}
        return message(id=number, method=self.method, params=params)

    def requests(self, count, era, first=FIRST):
        return [self.request(number, era) for number in range(first, first + count)]

    def headers(self, number):
        """What a client of 2026-07-28 repeats over HTTP."""
        params = self.params(number)
        name = params.get("name", params.get("uri"))
        return {"mcp-method": self.method} | ({"mcp-name": name} if name else {})

    def react(self, line, era):
        """What to say to a message that is no answer yet; `None` if it is one."""
        return None

    def check(self, answer):
        """Whether the last message of a request is what it should be."""
        raise NotImplementedError


def message(**members):
    return json.dumps({"jsonrpc": "2.0", **members}, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def text_of(answer):
    return answer["result"]["content"][0]["text"]


class Add(Workload):
    few, many = 200, 1700
    tool = "add"

    def params(self, number):
        return {"name": "add", "arguments": {"a": number, "b": 7}}

    def check(self, answer):
        result = answer["result"]
        assert result["structuredContent"] == {"sum": answer["id"] + 7} == json.loads(text_of(answer)), answer


class Listing(Workload):
    few, many, window = 20, 220, 16
    method = "tools/list"
    tools = "200"

    def params(self, number):
        return {}

    def check(self, answer):
        assert len(answer["result"]["tools"]) == 200 and "nextCursor" not in answer["result"], answer


class Echo(Workload):
    few, many, window = 10, 50, 8
    tool = "echo"
    arguments = {"text": TEXT}

    def check(self, answer):
        assert text_of(answer) == TEXT, answer


class Big(Workload):
    few, many, window = 3, 9, 4
    tool = "big"

    def check(self, answer):
        assert len(text_of(answer)) == 1 << 20, answer


class Wait(Workload):
    tool = "wait"
    window = 256
    arguments = {"ms": 50}

    def check(self, answer):
        assert text_of(answer) == "ok", answer


class Read(Workload):
    method = "resources/read"
    tools = "more"

    def params(self, number):
        return {"uri": f"rows://orders/{number}"}

    def check(self, answer):
        number, [contents] = answer["id"], answer["result"]["contents"]
        assert json.loads(contents["text"]) == {"table": "orders", "id": number, "name": f"orders {number}"}, answer
        assert contents["mimeType"] == "application/json", answer


class Prompt(Workload):
    method = "prompts/get"
    tools = "more"
    tool = "review"
    arguments = {"language": "Rust", "code": "fn main() {\n    println!(\"Hello\");\n}"}

    def check(self, answer):
        [said] = answer["result"]["messages"]
        assert said["content"]["text"].startswith("Review this Rust code:\n\nfn main()"), answer


class Steps(Workload):
    few, many, window = 5, 25, 4
    tools = "more"
    tool = "steps"
    is_talk = True

    def params(self, number):
        return super().params(number) | {"_meta": {"progressToken": number}}

    def react(self, line, era):
        return b"" if b'"notifications/progress"' in line else None

    def check(self, answer):
        assert text_of(answer) == "done", answer


class Ask(Workload):
    few, many, window = 50, 250, 16
    tools = "more"
    tool = "ask"
    is_talk = True

    def react(self, line, era):
        said = json.loads(line)
        given = {"action": "accept", "content": {"sure": True}}
        if said.get("method") == "elicitation/create":
            return message(id=said["id"], result=given)
        if said.get("result", {}).get("resultType") != "input_required":
            return None
        result = said["result"]
        params = {"name": self.tool, "arguments": {}, "_meta": META, "requestState": result["requestState"],
                  "inputResponses": {key: given for key in result["inputRequests"]}}
        return message(id=said["id"], method=self.method, params=params)

    def check(self, answer):
        assert text_of(answer) == "deployed", answer


class AskInRounds(Ask):
    """What `Ask` is to a server whose functions ask in another way in 2026-07-28."""

    tool = "ask_in_rounds"


class Book(Workload):
    tools = "more"
    tool = "book"
    arguments = {
        "from": "OSL", "to": "BGO", "seats": 2, "day": "2026-12-24",
        "payment": {
            "amount": 1499.5, "currency": "Nok", "tags": ["family", "window"], "reference": "NO123456",
            "holder": {"name": "Kari Nordmann", "email": "kari@example.com", "country": "NO", "age": 41},
        },
    }

    def check(self, answer):
        assert text_of(answer) == "2 from OSL to BGO on 2026-12-24 for Kari Nordmann, 1499.5", answer


def opening(era):
    """What a client says before it asks: a request, or none, and a notification."""
    if era == MODERN:
        return None
    params = {"protocolVersion": REVISION[LEGACY], "capabilities": CAPABILITIES, "clientInfo": CLIENT}
    return message(id=1, method="initialize", params=params), message(method="notifications/initialized")
