"""What changes while the server runs: subscriptions and lists of clients of both eras."""

import warnings
from contextlib import asynccontextmanager

import anyio
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.client.subscriptions import ListenNotSupportedError
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import ResourceUpdated, ToolsListChanged

from links import listening, no_warnings
from torture import ENVIRONMENT, text

# What the modern era has instead is what is tested beside it.
warnings.filterwarnings("ignore", "resources/(un)?subscribe is removed")

CLOCK, OTHER, UNWATCHED = "torture://clocks/one", "torture://clocks/two", "torture://files/none"


async def everything(server, checks):
    for link in [over_stdio, over_http]:
        where = link.__name__.removeprefix("over_")
        with anyio.fail_after(60):
            checks.where = f"{where} changes legacy"
            await legacy(link, server, checks)
            checks.where = f"{where} changes auto"
            await modern(link, server, checks)
    with anyio.fail_after(60):
        await ending(server, checks)


@asynccontextmanager
async def over_stdio(server, checks):
    yield StdioServerParameters(command=server, args=["stdio"])


@asynccontextmanager
async def over_http(server, checks):
    with listening([server, "http", "0"], ENVIRONMENT, checks) as url:
        yield streamable_http_client(url)


async def legacy(link, server, checks):
    told = Told()
    async with link(server, checks) as target, Client(target, mode="legacy", message_handler=told.take) as client:
        declared = client.server_capabilities
        checks.equal("tools", declared.tools.list_changed, True)
        checks.equal("resources", (declared.resources.list_changed, declared.resources.subscribe), (True, True))
        await client.session.subscribe_resource(CLOCK)
        for uri, code in [("torture://nothing", -32002), (UNWATCHED, -32602)]:
            checks.equal(f"subscribing to {uri}", await refused(client.session.subscribe_resource(uri)), code)
        for _ in range(3):
            await announce(client, CLOCK)
            checks.equal("an update", await told.next(), ("notifications/resources/updated", CLOCK))
            await announce(client)
            checks.equal("a list", await told.next(), ("notifications/tools/list_changed", None))
        await announce(client, OTHER)
        await client.session.unsubscribe_resource(CLOCK)
        await announce(client, CLOCK)
        await anyio.sleep(0.3)
        checks.equal("what else was told", told.all, [])
        try:
            async with client.listen(tools_list_changed=True):
                checks.equal("listening in the legacy era", "accepted", "refused")
        except ListenNotSupportedError as error:
            checks.equal("listening in the legacy era", error.negotiated_version, "2025-11-25")


async def modern(link, server, checks):
    async with link(server, checks) as target, Client(target, mode="auto") as client:
        with no_warnings(checks):
            wanted = {"resources_list_changed": True, "resource_subscriptions": [CLOCK, UNWATCHED]}
            async with client.listen(tools_list_changed=True) as tools, client.listen(**wanted) as rest:
                honored = rest.honored
                checks.equal("honored", (tools.honored.tools_list_changed, honored.resources_list_changed), (True, True))
                checks.equal("what is watched", honored.resource_subscriptions, [CLOCK])
                for _ in range(3):
                    await announce(client, OTHER)
                    await announce(client, CLOCK)
                    checks.equal("an update", await anext(rest), ResourceUpdated(uri=CLOCK))
                    await announce(client)
                    checks.equal("a list", await anext(tools), ToolsListChanged())
                with anyio.move_on_after(0.3):
                    checks.equal("what else was told", await anext(rest), None)
            # Both have left; a third one is not disturbed by what they asked for.
            async with client.listen(tools_list_changed=True, prompts_list_changed=True) as again:
                checks.equal("what is not there", again.honored.prompts_list_changed, None)
                await announce(client, CLOCK)
                await announce(client)
                checks.equal("after the others have left", await anext(again), ToolsListChanged())
        for method in ["subscribe_resource", "unsubscribe_resource"]:
            checks.equal(method, await refused(getattr(client.session, method)(CLOCK)), -32601)


async def ending(server, checks):
    """A server that is told to stop says so to those who listen. A pipe is closed by the client itself."""
    heard = []
    async with anyio.create_task_group() as group, over_http(server, checks) as target:
        listens = anyio.Event()

        async def listener():
            async with Client(target, mode="auto") as client, client.listen(tools_list_changed=True) as changes:
                listens.set()
                heard.extend([event async for event in changes])
                heard.append("the end")

        group.start_soon(listener)
        await listens.wait()
    checks.equal("the end of a server", heard, ["the end"])


class Told:
    """What a legacy client is told by itself."""

    def __init__(self):
        self.all, self.come = [], anyio.Event()

    async def take(self, message):
        if isinstance(message, Exception):
            raise message
        if getattr(message, "method", "").startswith("notifications/"):
            self.all.append((message.method, getattr(message.params, "uri", None)))
            self.come.set()

    async def next(self):
        while not self.all:
            self.come = anyio.Event()
            await self.come.wait()
        return self.all.pop(0)


async def announce(client, uri=None):
    assert text(await client.call_tool("announce", {"uri": uri} if uri else {})) == "announced"


async def refused(asking):
    try:
        await asking
    except MCPError as error:
        return error.error.code
    return "accepted"
