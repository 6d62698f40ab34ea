"""What only HTTP has: calls that take long, connections that break, functions whose caller has gone, the transport of 2024-11-05."""

import anyio
import httpx2
from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from checks import show
from links import Recorder, kind, listening, no_warnings

# Calls become streams early, so that nobody has to wait for that.
ENVIRONMENT = {"TORTURE_HTTP_SSE": "1", "TORTURE_STREAM_AFTER_MS": "200"}


async def everything(server, eras, checks):
    checks.where = "http, torture"
    with listening([server, "http", "0"], ENVIRONMENT, checks) as url, anyio.fail_after(60):
        for mode in eras:
            checks.where = f"http {mode}"
            await slow(url, mode, checks)
            await dropped(url, mode, checks)
            checks.where = f"http+sse {mode}"
            await http_sse(url.replace("/mcp", "/sse"), mode, checks)
        checks.where = "http legacy"
        await broken(url, checks)


async def slow(url, mode, checks):
    """A call of a session goes on as a stream. One that stands alone is simply answered later."""
    with no_warnings(checks):
        async with Recorder() as recorder, connected(url, recorder, mode) as client:
            checks.equal("a slow call", text(await client.call_tool("sleep", {"ms": 600})), "slept 600")
            expected = "text/event-stream" if mode == "legacy" else "application/json"
            answers = [kind(each) for each in recorder.of("POST") if b"600" in each.request.content]
            checks.equal("how it is answered", answers, [expected])


async def dropped(url, mode, checks):
    """Nothing runs on for a caller that has cancelled, or that has left."""
    async with Recorder() as recorder, connected(url, recorder, mode) as client:
        key = {"key": f"python {mode}"}
        with anyio.move_on_after(0.5):
            await client.call_tool("ticker", {"ms": 20_000, **key})
        before, after = await ticks(client, key)
        checks.equal("ticks before the end", before > 5, True)
        checks.equal("ticks after a call was cancelled", after - before, 0)


async def ticks(client, key):
    """How far a ticker has come when its end may have arrived, and a while later."""
    await anyio.sleep(0.2)
    before = int(text(await client.call_tool("ticks", key)))
    await anyio.sleep(0.3)
    return before, int(text(await client.call_tool("ticks", key)))


async def broken(url, checks):
    """The client comes back for the answer to a call whose connection broke."""
    breaking = Breaking()
    async with Recorder(transport=breaking) as recorder, connected(url, recorder, "legacy") as client:
        checks.equal("a call whose connection broke", text(await client.call_tool("sleep", {"ms": 600})), "slept 600")
        checks.equal("connections broken", breaking.broken, 1)
        resumed = [each.status_code for each in recorder.of("GET") if "last-event-id" in each.request.headers]
        checks.equal("GET with Last-Event-ID", resumed, [200])
        checks.equal("the session goes on", text(await client.call_tool("echo", {"message": "still here"})), "still here")


class Breaking(httpx2.AsyncHTTPTransport):
    """Breaks the first answer that is a stream, after its first event."""

    broken = 0

    async def handle_async_request(self, request):
        response = await super().handle_async_request(request)
        if not self.broken and request.method == "POST" and kind(response) == "text/event-stream":
            self.broken += 1
            response.stream = Cut(response.stream)
        return response


class Cut(httpx2.AsyncByteStream):
    def __init__(self, whole):
        self.whole = whole

    async def __aiter__(self):
        async for chunk in self.whole:
            yield chunk
            raise httpx2.ReadError("the test broke the connection")

    async def aclose(self):
        await self.whole.aclose()


async def http_sse(url, mode, checks):
    with no_warnings(checks):
        async with Client(sse_client(url), mode=mode) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            checks.equal("a tool among those listed", "echo" in names, True)
            # The client takes no event of more than a mebibyte.
            for message in ["", "Grüße, 東京\n\r\n\u2028", "x" * 1_000_000]:
                echoed = text(await client.call_tool("echo", {"message": message}))
                checks.equal(f"echo of {show(message[:20])}", echoed, message)
            failed = await client.call_tool("fail", {"message": "no"})
            checks.equal("a failure", (failed.is_error, text(failed)), (True, "no"))
            await crowd(client, checks)


async def crowd(client, checks):
    echoed = []

    async def one(number):
        echoed.append(text(await client.call_tool("echo", {"message": str(number)})))

    async with anyio.create_task_group() as group:
        for number in range(100):
            group.start_soon(one, number)
    checks.equal("100 calls at once", sorted(echoed, key=int), [str(number) for number in range(100)])


def connected(url, recorder, mode):
    return Client(streamable_http_client(url, http_client=recorder), mode=mode)


def text(result):
    return result.content[0].text
