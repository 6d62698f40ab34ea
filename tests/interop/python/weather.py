"""Calls everything that the weather example offers and compares with `../weather.json`."""

import base64
import json
from pathlib import Path

import anyio
from mcp import MCPError
from mcp.types import PromptReference, ResourceTemplateReference

from checks import show, wire

INTEROP = Path(__file__).parent.parent
EXAMPLE = INTEROP.parent.parent / "examples" / "weather"
EXPECTED = json.loads((INTEROP / "weather.json").read_text())


async def everything(client, checks, revision):
    await offers(client, checks, revision)
    await calls(client, checks)
    await reads(client, checks, revision)
    await prompts(client, checks)
    await completions(client, checks)
    await crowd(client, checks)


async def offers(client, checks, revision):
    checks.equal("server", wire(client.server_info), EXPECTED["server"])
    checks.equal("capabilities", wire(client.server_capabilities), EXPECTED["capabilities"])
    checks.equal("instructions", client.instructions, EXPECTED["instructions"])
    checks.equal("tools", wire(await client.list_tools())["tools"], tools(revision))
    checks.equal("resources", wire(await client.list_resources())["resources"], EXPECTED["resources"])
    templates = wire(await client.list_resource_templates())
    checks.equal("templates", templates["resourceTemplates"], EXPECTED["resourceTemplates"])
    checks.equal("prompts", wire(await client.list_prompts())["prompts"], EXPECTED["prompts"])


def tools(revision):
    """Before 2026-07-28 an output schema has to say `object` itself, also where all of its alternatives do."""
    if revision >= "2026-07-28":
        return EXPECTED["tools"]
    with_type = lambda tool: {**tool, "outputSchema": {**tool["outputSchema"], "type": "object"}}
    return [with_type(tool) if "outputSchema" in tool else tool for tool in EXPECTED["tools"]]


async def calls(client, checks):
    for call in EXPECTED["calls"]:
        result = wire(await client.call_tool(call["name"], call["arguments"]))
        found = {key: result.get(key) for key in call["result"]}
        checks.equal(f"call {request(call)}", found, call["result"])
    for call in EXPECTED["badCalls"]:
        result = await client.call_tool(call["name"], call["arguments"])
        found = {part: part in result.content[0].text for part in call["says"]}
        checks.equal(f"bad call {request(call)}", (result.is_error, found), (True, dict.fromkeys(call["says"], True)))
    for call in EXPECTED["refusedCalls"]:
        await refused(checks, call, lambda: client.call_tool(call["name"], call["arguments"]))


async def reads(client, checks, revision):
    for read in EXPECTED["reads"]:
        result = wire(await client.read_resource(read["uri"]))
        checks.equal(f"read {read['uri']}", result["contents"], [with_file(content) for content in read["contents"]])
    for read in EXPECTED["refusedReads"]:
        read = {**read, "code": read["code"][revision]}
        error = await refused(checks, read, lambda: client.read_resource(read["uri"]))
        if error and revision >= "2026-07-28":
            checks.equal("data of the error", error.data, {"uri": read["uri"]})


async def prompts(client, checks):
    for get in EXPECTED["gets"]:
        result = wire(await client.get_prompt(get["name"], get["arguments"]))
        checks.equal(f"prompt {request(get)}", result["messages"], get["messages"])
    for get in EXPECTED["refusedGets"]:
        await refused(checks, get, lambda: client.get_prompt(get["name"], get["arguments"]))


async def completions(client, checks):
    for completion in EXPECTED["completions"]:
        kind = PromptReference if completion["ref"]["type"] == "ref/prompt" else ResourceTemplateReference
        result = await client.complete(kind.model_validate(completion["ref"]), completion["argument"])
        what = f"completion {show(completion['ref'])} {show(completion['argument'])}"
        checks.equal(what, result.completion.values, completion["values"])


async def refused(checks, asked, send):
    try:
        result = await send()
    except MCPError as error:
        checks.equal(f"refusal of {show(asked)}", error.code, asked["code"])
        return error
    checks.equal(f"refusal of {show(asked)}", show(wire(result)), f"error {asked['code']}")


async def crowd(client, checks):
    """Many calls at once, among them one with an argument of 2 MB, and calls that are given up."""
    call = EXPECTED["calls"][0]
    results = []

    async def one():
        result = wire(await client.call_tool(call["name"], call["arguments"]))
        results.append(result["structuredContent"])

    async def large():
        result = await client.call_tool(call["name"], {**call["arguments"], "city": "x" * 2_000_000})
        results.append(result.is_error)

    async def given_up():
        with anyio.move_on_after(0):
            await client.call_tool(call["name"], call["arguments"])

    async with anyio.create_task_group() as group:
        group.start_soon(large)
        for _ in range(100):
            group.start_soon(one)
            group.start_soon(given_up)
    expected = [call["result"]["structuredContent"]] * 100
    checks.equal("100 calls at once", [result for result in results if result is not True], expected)
    checks.equal("an argument of 2 MB", results.count(True), 1)


def with_file(content):
    """Contents that are a file of the example name it in `textOf` or `blobOf`."""
    match content:
        case {"textOf": name, **rest}:
            return {**rest, "text": (EXAMPLE / name).read_text()}
        case {"blobOf": name, **rest}:
            return {**rest, "blob": base64.b64encode((EXAMPLE / name).read_bytes()).decode()}
    return content


def request(item):
    return f"{item['name']} {show(item['arguments'])}"
