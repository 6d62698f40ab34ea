"""What a session asks of any server: every method, with good and with bad requests, from what the server itself lists."""

import json
import re

CLIENT = {"name": "schema-check", "version": "1.0.0"}
META = "io.modelcontextprotocol/"

# Arguments by name, for the servers of the examples; others are made from their schema.
SAMPLES = {
    "city": "Oslo", "units": "fahrenheit", "days": 2, "env": "staging", "sha": "4f2a9c1d", "focus": "rain",
    "name": "World", "title": "Shopping", "text": "Milk", "id": 1,
    "resourceUri": "test://resource",
}
# Values of template variables: the first note has been deleted by then.
HOLES = {**SAMPLES, "id": 2}

BAD_LINES = [  # the line, the code of the answer, the id that can be read
    (b'{"jsonrpc":"2.0","id":901,"method":"tools/list"', -32700, None),
    (b"no JSON at all", -32700, None),
    (b'{"jsonrpc":"2.0","id":902,"method":"\xff\xfe"}', -32700, None),
    (b'{"x":' + b"[" * 200 + b"]" * 200 + b"}", -32700, None),
    (b'{"jsonrpc":"2.0","id":906,"method":"tools/list","params":{"a":' + b"[" * 200 + b"]" * 200 + b"}}", -32600, 906),
    (b"42", -32600, None),
    (b"null", -32600, None),
    (b'"tools/list"', -32600, None),
    (b"{}", -32600, None),
    (b"[]", -32600, None),
    (b'{"jsonrpc":"1.0","id":903,"method":"tools/list"}', -32600, 903),
    (b'{"jsonrpc":"2.0","id":"904","method":5}', -32600, "904"),
    (b'{"jsonrpc":"2.0","id":905}', -32600, 905),
    (b'{"jsonrpc":"2.0","id":null,"method":"tools/list"}', -32600, None),
    (b'{"jsonrpc":"2.0","id":{"a":1},"method":"tools/list"}', -32600, None),
    (b'{"jsonrpc":"2.0","id":true,"method":"tools/list"}', -32600, None),
]

SILENT_LINES = [  # nothing may answer these
    b'{"jsonrpc":"2.0","method":"notifications/unheard-of","params":{}}',
    b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"never asked"}}',
]

# What can be watched, if anything can, and the tools that change something there.
WATCHED = "test://watched-resource"
TRIGGERS = ["test_trigger_tool_change", "test_trigger_prompt_change", "test_trigger_resource_update"]
EVERY_CHANGE = {
    "toolsListChanged": True, "promptsListChanged": True, "resourcesListChanged": True,
    "resourceSubscriptions": [WATCHED, "unknown://resource"],
}

# How a function refuses a client that it cannot ask.
NEEDS = re.compile(r"this needs a client (?:of [\d-]+ )?that offers ((?:`[\w./]+`(?: and )?)+)")

BLANKS = [b"", b"  \r"]

RESPONSES = [  # to questions that were never asked
    b'{"jsonrpc":"2.0","id":"never asked","result":{}}',
    b'{"jsonrpc":"2.0","id":"never asked","error":{"code":-32603,"message":"no"}}',
]


class Scenario:
    """Drives one session. `faults` collects answers that are not the ones that they should be."""

    def __init__(self, peer, revision, capabilities):
        self.peer, self.revision, self.capabilities = peer, revision, capabilities
        self.faults = []

    def run(self):
        self.open()
        self.tools()
        self.resources()
        self.prompts()
        self.utilities()
        self.cancellation()
        self.bad_lines()
        self.batches()

    # Asking

    def params(self, params):
        if not self.revision.modern:
            return params
        meta = {
            META + "protocolVersion": self.revision.name,
            META + "clientCapabilities": self.capabilities,
            META + "clientInfo": CLIENT,
        }
        params = params or {}
        return {**params, "_meta": {**meta, **params.get("_meta", {})}}

    def ask(self, method, params=None):
        """The answer; where a modern server asks back, that of the last round."""
        answer = self.peer.ask(method, self.params(params))
        while (result := answer.get("result", {})).get("resultType") == "input_required":
            replies = {key: reply(request)["result"] for key, request in result.get("inputRequests", {}).items()}
            state = {"requestState": result["requestState"]} if "requestState" in result else {}
            answer = self.peer.ask(method, self.params({**params, "inputResponses": replies, **state}))
        return answer

    def is_unable(self, answer):
        """Whether this client is refused, as it should be, because it does not offer what the function needs."""
        error, content = answer.get("error", {}), answer.get("result", {}).get("content", [])
        match = NEEDS.fullmatch(error.get("message") or "".join(block.get("text", "") for block in content))
        code = -32021 if self.revision.modern else -32602
        is_refusal = answer["result"].get("isError") if content else error.get("code") == code
        return bool(match and is_refusal) and not set(re.findall(r"`([\w./]+)`", match[1])) <= self.offered()

    def offered(self):
        """What this client can be asked for in this revision."""
        return {name for name in self.capabilities if name != "elicitation" or self.revision.name >= "2025-06-18"}

    def result(self, method, params=None):
        answer = self.ask(method, params)
        if "result" not in answer and not self.is_unable(answer):
            self.faults.append(f"{method} {short(params)} failed: {short(answer)}")
        return answer.get("result", {})

    def refused(self, code, method, params=None):
        answer = self.ask(method, params)
        if answer.get("error", {}).get("code") != code and not self.is_unable(answer):
            self.faults.append(f"{method} {short(params)}: expected error {code}, got {short(answer)}")
        return answer.get("error", {})

    def listed(self, family, method, field):
        """All items of a list, page by page; a family that is not declared has no list at all."""
        if family not in self.declared:
            self.refused(-32601, method)
            return []
        items, cursor = [], None
        while True:
            page = self.result(method, {"cursor": cursor} if cursor else None)
            items += page.get(field, [])
            cursor = page.get("nextCursor")
            if not cursor:
                break
        self.refused(-32602, method, {"cursor": "made up"})
        return items

    # The parts of a session

    def open(self):
        if self.revision.modern:
            self.declared = self.result("server/discover")["capabilities"]
            self.refused(-32022, "server/discover", {"_meta": {META + "protocolVersion": "1999-01-01"}})
            self.refused(-32022, "tools/list", {"_meta": {META + "protocolVersion": "1999-01-01"}})
            return
        opening = {"protocolVersion": self.revision.name, "capabilities": self.capabilities, "clientInfo": CLIENT}
        result = self.result("initialize", opening)
        self.declared = result["capabilities"]
        if result["protocolVersion"] != self.revision.name:
            self.faults.append(f"asked for {self.revision.name}, got {result['protocolVersion']}")
        self.peer.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def tools(self):
        for tool in self.listed("tools", "tools/list", "tools"):
            schema = tool["inputSchema"]
            good = filled(schema, schema)
            self.call(tool["name"], good)
            self.call(tool["name"], good, progressToken="progress of " + tool["name"])
            self.badly_called(tool["name"], {**good, "no_such_argument": 1}, "no_such_argument")
            for name in schema.get("required", []):
                self.badly_called(tool["name"], {key: value for key, value in good.items() if key != name}, name)
            for name in schema.get("properties", {}):
                self.badly_called(tool["name"], {**good, name: {"wrong": []}}, name)
            self.ask("tools/call", {"name": tool["name"], "arguments": [1]})
            self.ask("tools/call", {"name": tool["name"], "arguments": None})
        if "tools" in self.declared:
            self.refused(-32602, "tools/call", {"name": "no such tool", "arguments": {}})
            self.refused(-32602, "tools/call", {"name": 7})
            self.refused(-32602, "tools/call", {})

    def call(self, name, arguments, **meta):
        return self.result("tools/call", {"name": name, "arguments": arguments, **({"_meta": meta} if meta else {})})

    def badly_called(self, name, arguments, field):
        """The client learns the field: from an error, since 2025-11-25 from a result that the model can read."""
        params = {"name": name, "arguments": arguments}
        answer = self.ask("tools/call", params)
        error, result = answer.get("error", {}), answer.get("result", {})
        is_told = error.get("code") == -32602 if self.revision.name < "2025-11-25" else result.get("isError") is True
        is_named = field in short(error or result.get("content"))
        if not (is_told and is_named or self.is_unable(answer)):
            self.faults.append(f"tools/call {short(params)}: {short(answer)} does not refuse `{field}`")

    def resources(self):
        unknown = -32602 if self.revision.modern else -32002
        for resource in self.listed("resources", "resources/list", "resources"):
            self.result("resources/read", {"uri": resource["uri"]})
        for template in self.listed("resources", "resources/templates/list", "resourceTemplates"):
            template = template["uriTemplate"]
            self.result("resources/read", {"uri": expanded(template, HOLES)})
            self.refused(unknown, "resources/read", {"uri": expanded(template, {}, "..%2f..%2fetc")})
            for name in variables(template):
                self.complete({"type": "ref/resource", "uri": template}, name)
        if "resources" in self.declared:
            error = self.refused(unknown, "resources/read", {"uri": "unknown://resource"})
            if self.revision.modern and error.get("data", {}).get("uri") != "unknown://resource":
                self.faults.append(f"an unknown resource without data.uri: {short(error)}")
            self.refused(-32602, "resources/read", {})
            self.refused(-32602, "resources/read", {"uri": 7})
            self.ask("resources/read", {"uri": "no URI"})

    def prompts(self):
        for prompt in self.listed("prompts", "prompts/list", "prompts"):
            arguments = prompt.get("arguments", [])
            name, given = prompt["name"], {argument["name"]: prompted(argument["name"]) for argument in arguments}
            self.result("prompts/get", {"name": name, "arguments": given})
            self.refused(-32602, "prompts/get", {"name": name, "arguments": {**given, "no_such_argument": "x"}})
            self.refused(-32602, "prompts/get", {"name": name, "arguments": {argument: 7 for argument in [*given, "other"]}})
            if any(argument.get("required") for argument in arguments):
                self.refused(-32602, "prompts/get", {"name": name})
            for argument in given:
                self.complete({"type": "ref/prompt", "name": name}, argument)
        if "prompts" in self.declared:
            self.refused(-32602, "prompts/get", {"name": "no such prompt"})

    def complete(self, ref, name):
        for value in ["", "o", "no such beginning"]:
            params = {"ref": ref, "argument": {"name": name, "value": value}}
            if "completions" not in self.declared:
                self.uncompleted(params)
            elif len(values := self.result("completion/complete", params)["completion"]["values"]) > 100:
                self.faults.append(f"{len(values)} completions of {name}, more than 100")

    def uncompleted(self, params):
        """The first revision has completion, but no capability that would say so."""
        if self.revision.name == "2024-11-05":
            self.ask("completion/complete", params)
        else:
            self.refused(-32601, "completion/complete", params)

    def utilities(self):
        self.refused(-32601, "no/such/method")
        if "completions" in self.declared:
            unknown = {"type": "ref/prompt", "name": "no such prompt"}
            self.refused(-32602, "completion/complete", {"ref": unknown, "argument": {"name": "a", "value": ""}})
            self.refused(-32602, "completion/complete", {})
        if self.revision.modern:
            return self.modern_utilities()
        self.result("ping")
        self.result("ping", {"_meta": {"progressToken": 1}})
        if "logging" in self.declared:
            self.result("logging/setLevel", {"level": "debug"})
            self.refused(-32602, "logging/setLevel", {"level": "shouting"})
        else:
            self.refused(-32601, "logging/setLevel", {"level": "debug"})
        if self.declared.get("resources", {}).get("subscribe"):
            self.refused(-32002, "resources/subscribe", {"uri": "unknown://resource"})
            self.result("resources/subscribe", {"uri": WATCHED})
            self.trigger()
            self.result("resources/unsubscribe", {"uri": WATCHED})
        else:
            self.refused(-32601, "resources/subscribe", {"uri": WATCHED})

    def modern_utilities(self):
        for method in ["ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"]:
            self.refused(-32601, method, {"level": "debug", "uri": "unknown://resource"})
        if any(family.get("listChanged") for family in self.declared.values()):
            self.cancel(self.listen())
            # This one stays until the end, if the transport lets it.
            self.listen()
        else:
            self.refused(-32601, "subscriptions/listen", {"notifications": EVERY_CHANGE})
        self.result("server/discover")

    def listen(self):
        """Hears of everything that changes once; the id under which it was asked for."""
        request = self.peer.request("subscriptions/listen", self.params({"notifications": EVERY_CHANGE}))
        self.peer.listen(request, self.trigger, 1 + len(TRIGGERS))
        return request["id"]

    def trigger(self):
        for name in TRIGGERS:
            self.call(name, {})

    def cancellation(self):
        """A call that is cancelled at once is answered or not, never twice."""
        for method in ["tools/list", "resources/list", "prompts/list"]:
            request = self.peer.request(method, self.params(None))
            self.peer.send(request)
            self.cancel(request["id"])
        self.settle()

    def cancel(self, id):
        params = {"requestId": id, "reason": "no longer wanted"}
        self.peer.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params})

    def bad_lines(self):
        # Too deep for what understands batches, and refused as a batch by what does not.
        nested = (b"[" * 200 + b"]" * 200, -32700 if self.revision.name == "2025-03-26" else -32600, None)
        for line, code, id in [*BAD_LINES, nested, *self.peer.bad]:
            before = len(self.peer.answers_to(id))
            self.peer.write(line)
            self.settle()
            answers = self.peer.answers_to(id)[before:]
            if [answer.get("error", {}).get("code") for answer in answers] != [code]:
                self.faults.append(f"{line[:80]!r}: expected one error {code} to id {id!r}, got {short(answers)}")
        lines = len(self.peer.lines)
        for line in [*SILENT_LINES, *self.peer.silent]:
            self.peer.write(line)
        self.settle()
        if len(self.peer.lines) != lines + 1:
            self.faults.append(f"something answered a line that wants no answer: {self.peer.lines[lines:]}")

    def settle(self):
        """Waits for the answer to one more request: whatever came before it has been judged by then."""
        self.ask("server/discover" if self.revision.modern else "ping")

    def batches(self):
        first, second = (self.peer.request("tools/list", self.params(None)) for _ in range(2))
        batch = [first, {"jsonrpc": "2.0", "method": "notifications/unheard-of"}, second, 5]
        if self.revision.name == "2025-03-26":
            self.peer.send(batch)
            self.peer.answer(first["id"])
            answers = json.loads(self.peer.lines[-1])
            if not isinstance(answers, list) or len(answers) != 3:
                self.faults.append(f"a batch of two requests and a number got {short(answers)}")
            self.peer.send([{"jsonrpc": "2.0", "method": "notifications/unheard-of"}])
        else:
            del self.peer.asked[first["id"]], self.peer.asked[second["id"]]
            before = len(self.peer.answers_to(None))
            self.peer.send(batch)
            self.settle()
            if [answer["error"]["code"] for answer in self.peer.answers_to(None)[before:]] != [-32600]:
                self.faults.append(f"a batch got {short(self.peer.answers_to(None)[before:])}")
        self.settle()


def reply(request):
    """What this client answers when it is asked: yes, and whatever the form wants."""
    if request["method"] == "elicitation/create":
        schema = request["params"].get("requestedSchema", {})
        return {"result": {"action": "accept", "content": filled(schema, schema)}}
    if request["method"] == "sampling/createMessage":
        content = {"type": "text", "text": "Sunny."}
        return {"result": {"role": "assistant", "content": content, "model": "none", "stopReason": "endTurn"}}
    if request["method"] == "roots/list":
        return {"result": {"roots": [{"uri": "file:///workspace", "name": "workspace"}]}}
    return {"result": {}} if request["method"] == "ping" else {"error": {"code": -32601, "message": "no such method"}}


def filled(schema, root):
    """An object with all required and all familiar properties."""
    required = schema.get("required", [])
    return {
        name: SAMPLES[name] if name in SAMPLES else sample(child, root)
        for name, child in schema.get("properties", {}).items()
        if name in required or name in SAMPLES
    }


def sample(schema, root):
    """A value that the schema allows, as far as the examples need it."""
    if "$ref" in schema:
        target = root
        for part in schema["$ref"].split("/")[1:]:
            target = target[part]
        return sample(target, root)
    for key in ["const", "default"]:
        if key in schema:
            return schema[key]
    for key in ["anyOf", "oneOf"]:
        if key in schema:
            return sample(schema[key][0], root)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "string")
    match kind[0] if isinstance(kind, list) else kind:
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "array":
            return [sample(schema.get("items", {}), root)] * schema.get("minItems", 1)
        case "object":
            return filled(schema, root)
        case _:
            return "text"


def prompted(name):
    """Arguments of prompts are text, whatever they mean."""
    return str(SAMPLES.get(name, "text"))


def variables(template):
    """The names in the braces of a URI template."""
    return [name.rstrip("*") for group in re.findall(r"\{[+#./;?&]?([^}]*)\}", template) for name in group.split(",")]


def expanded(template, values, default="text"):
    """The URI that a template makes of values, of its first variable where several share braces."""
    return re.sub(r"\{[^}]*\}", lambda hole: str(values.get(variables(hole[0])[0], default)), template)


def short(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else text[:300] + "…"
