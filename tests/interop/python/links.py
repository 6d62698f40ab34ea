"""The ways to a server, and what each of them must look like from outside."""

import logging
import re
from contextlib import asynccontextmanager, contextmanager

import httpx2
from mcp import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from server import Listening
from weather import EXPECTED

MODERN = "2026-07-28"


@asynccontextmanager
async def over_stdio(server, mode, checks):
    yield StdioServerParameters(command=server, env=EXPECTED["environment"])


@asynccontextmanager
async def over_http(server, mode, checks, *options):
    """Every exchange is recorded, and judged when the client has closed."""
    command = [server, "--http", "127.0.0.1:0", *options]
    with listening(command, EXPECTED["environment"], checks) as url, no_warnings(checks):
        async with Recorder() as recorder:
            yield streamable_http_client(url, http_client=recorder)
            if mode == "auto":
                modern_exchanges(recorder.exchanges, checks)
            elif options:
                sessionless_exchanges(recorder.exchanges, checks)
            else:
                await session_exchanges(recorder, url, checks)


def over_stateless_http(server, mode, checks):
    return over_http(server, mode, checks, "--stateless")


LINKS = {"stdio": over_stdio, "http": over_http, "http --stateless": over_stateless_http}


@contextmanager
def listening(command, environment, checks):
    """A server that ends well when it is told to."""
    with Listening(command, environment) as server:
        yield server.url
        checks.equal("exit code and complaints", server.stop(), (0, []))


@contextmanager
def no_warnings(checks):
    """The client logs a warning where it goes on although something is wrong."""
    warnings = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: warnings.append(record.getMessage())
    logging.getLogger("mcp").addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger("mcp").removeHandler(handler)
    checks.equal("warnings of the client", warnings, [])


class Recorder(httpx2.AsyncClient):
    """Remembers what was asked, and what HTTP answered."""

    def __init__(self, **settings):
        super().__init__(timeout=30, event_hooks={"response": [self.record]}, **settings)
        self.exchanges = []

    async def record(self, response):
        self.exchanges.append(response)

    def of(self, method):
        return [response for response in self.exchanges if response.request.method == method]


def kind(response):
    return response.headers.get("content-type")


async def session_exchanges(recorder, url, checks):
    """One session: given by the first answer, named in everything that follows, ended by DELETE, unknown then."""
    first, *others = recorder.exchanges
    id = first.headers.get("mcp-session-id", "")
    checks.equal("the form of the session id", bool(re.fullmatch("[0-9a-f]{32}", id)), True)
    checks.equal("a session id sent to open a session", "mcp-session-id" in first.request.headers, False)
    checks.equal("session ids sent", {each.request.headers.get("mcp-session-id") for each in others}, {id})
    checks.equal("session ids given later", [each for each in others if "mcp-session-id" in each.headers], [])
    checks.equal("versions sent", {each.request.headers.get("mcp-protocol-version") for each in others}, {"2025-11-25"})
    checks.equal("POST", {(each.status_code, kind(each)) for each in recorder.of("POST")}, {(200, "application/json"), (202, None)})
    checks.equal("GET", [(each.status_code, kind(each)) for each in recorder.of("GET")], [(200, "text/event-stream")])
    checks.equal("DELETE", [each.status_code for each in recorder.of("DELETE")], [204])
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    late = await recorder.post(url, json=ping, headers={"mcp-session-id": id})
    checks.equal("a request after DELETE", (late.status_code, late.json().get("error", {}).get("code")), (404, -32600))


def sessionless_exchanges(exchanges, checks):
    headers = [name for each in exchanges for name in [*each.headers, *each.request.headers]]
    checks.equal("session ids of a stateless server", headers.count("mcp-session-id"), 0)
    statuses = {(each.request.method, each.status_code) for each in exchanges}
    checks.equal("exchanges", statuses, {("POST", 200), ("POST", 202)})


def modern_exchanges(exchanges, checks):
    """Requests that stand alone, and nothing else."""
    headers = [name for each in exchanges for name in [*each.headers, *each.request.headers]]
    checks.equal("session ids in the modern era", headers.count("mcp-session-id"), 0)
    checks.equal("versions sent", {each.request.headers.get("mcp-protocol-version") for each in exchanges}, {MODERN})
    checks.equal("methods sent", all("mcp-method" in each.request.headers for each in exchanges), True)
    statuses = {(each.request.method, each.status_code, kind(each)) for each in exchanges}
    checks.equal("exchanges", statuses, {("POST", 200, "application/json")})
