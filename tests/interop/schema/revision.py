"""What the schema of one protocol revision says about a message. Does no I/O but reading the schema."""

import base64
import json
from urllib.parse import urlsplit

from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker

REVISIONS = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"]

# Keys whose values belong to the server or are JSON Schemas: the revision does not say what is in them.
OPEN = {"inputSchema", "outputSchema", "structuredContent", "requestedSchema", "arguments", "data"}

FORMATS = FormatChecker(formats=())


@FORMATS.checks("uri", raises=ValueError)
def is_uri(text):
    return not isinstance(text, str) or bool(urlsplit(text).scheme)


@FORMATS.checks("byte", raises=ValueError)
def is_base64(text):
    return not isinstance(text, str) or base64.b64decode(text, validate=True) is not None


class Revision:
    def __init__(self, name, directory):
        self.name = name
        self.text = (directory / name / "schema.json").read_text()
        self.schema = json.loads(self.text)
        self.key = "$defs" if "$defs" in self.schema else "definitions"
        self.definitions = self.schema[self.key]
        self.kind = Draft202012Validator if self.key == "$defs" else Draft7Validator
        self.validators = {}
        self.requests = self.by_method("Request")
        self.notifications = self.by_method("Notification")

    @property
    def modern(self):
        return self.name == "2026-07-28"

    @property
    def null_ids(self):
        """An error to a message without a readable id carries `id: null`, against the letter of these schemas."""
        return self.name < "2025-11-25"

    def by_method(self, suffix):
        found = {}
        for name, definition in self.definitions.items():
            method = definition.get("properties", {}).get("method", {}).get("const")
            if method and name.endswith(suffix):
                found[method] = name
        return found

    def problems(self, value, definition):
        """Everything in which `value` is not what the revision calls `definition`."""
        return self.violations(value, definition) or self.inventions(value, definition)

    def violations(self, value, definition):
        errors = self.validator(definition).iter_errors(value)
        return [f"{definition}{error.json_path[1:]}: {error.message[:300]}" for error in errors]

    def inventions(self, value, definition):
        """Fields that the revision does not know; the schemas themselves let them pass."""
        paths = self.strangers(value, [self.definitions[definition]], "")
        return [f"{definition}{path}: the revision knows no such field" for path in paths]

    def validator(self, definition):
        if definition not in self.validators:
            schema = {"$ref": f"#/{self.key}/{definition}", self.key: self.definitions}
            self.validators[definition] = self.kind(schema, format_checker=FORMATS)
        return self.validators[definition]

    def strangers(self, value, schemas, path):
        """Paths of the fields that none of these schemas mentions."""
        schemas = [leaf for schema in schemas for leaf in self.leaves(schema, value)]
        if isinstance(value, list):
            items = [schema["items"] for schema in schemas if "items" in schema]
            for index, item in enumerate(value):
                yield from self.strangers(item, items, f"{path}[{index}]")
        elif isinstance(value, dict):
            known = {}
            for schema in schemas:
                for name, child in schema.get("properties", {}).items():
                    known.setdefault(name, []).append(child)
            for name, child in value.items():
                yield from self.strange_field(name, child, schemas, known, f"{path}.{name}")

    def strange_field(self, name, child, schemas, known, path):
        if name in known and name == "_meta":
            yield from self.strange_meta(child, path)
        elif name in known and name not in OPEN:
            yield from self.strangers(child, known[name], path)
        elif name not in known:
            others = [schema["additionalProperties"] for schema in schemas if "additionalProperties" in schema]
            closed = any("properties" in schema for schema in schemas)
            if others:
                yield from self.strangers(child, [other for other in others if isinstance(other, dict)], path)
            elif closed:
                yield path

    def strange_meta(self, meta, path):
        """Reserved keys of `_meta` are those that the revision names; all others are free."""
        for key in meta:
            if key.startswith("io.modelcontextprotocol/") and key not in self.text:
                yield f"{path}.{key}"

    def leaves(self, schema, value):
        """The schema and all that it refers to, of alternatives those that `value` satisfies."""
        if "$ref" in schema:
            yield from self.leaves(self.definitions[schema["$ref"].rsplit("/", 1)[1]], value)
        for part in schema.get("allOf", []):
            yield from self.leaves(part, value)
        for part in schema.get("anyOf", []) + schema.get("oneOf", []):
            if self.kind({**part, self.key: self.definitions}).is_valid(value):
                yield from self.leaves(part, value)
        yield schema

    def message_problems(self, message, asked):
        """Judges one message of a server; `asked` maps ids to the methods that were asked under them."""
        if "method" in message:
            return self.problems(message, "JSONRPCMessage") + self.method_problems(message)
        if "error" in message:
            return self.error_problems(message)
        problems = self.problems(message, "JSONRPCMessage")
        if message.get("id") not in asked:
            return problems + [f"answers id {message.get('id')!r}, which nobody asked"]
        result = message["result"]
        return problems + self.problems(result, self.result_definition(asked[message["id"]], result))

    def method_problems(self, message):
        definition = (self.requests if "id" in message else self.notifications).get(message["method"])
        if definition is None:
            return [f"the revision has no method {message['method']!r}"]
        body = {name: value for name, value in message.items() if name not in ["jsonrpc", "id"]}
        return self.violations(message, definition) or self.inventions(body, definition)

    def error_problems(self, message):
        if message.get("id", 0) is None and self.null_ids:
            message = {**message, "id": "stands for null"}
        definition = self.error_definition(message["error"].get("code"))
        return self.problems(message, "JSONRPCMessage") + self.problems(message, definition)

    def error_definition(self, code):
        named = {
            -32020: "HeaderMismatchError",
            -32021: "MissingRequiredClientCapabilityError",
            -32022: "UnsupportedProtocolVersionError",
        }
        general = "JSONRPCErrorResponse" if "JSONRPCErrorResponse" in self.definitions else "JSONRPCError"
        return named[code] if named.get(code) in self.definitions else general

    def result_definition(self, method, result):
        if result.get("resultType") == "input_required":
            return "InputRequiredResult"
        definition = self.requests[method].removesuffix("Request") + "Result"
        return definition if definition in self.definitions else "EmptyResult"
