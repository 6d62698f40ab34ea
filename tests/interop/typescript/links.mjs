// The ways to a server, and what each of them must look like from outside.

import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { listening } from "../server.mjs";
import { EXPECTED } from "../weather.mjs";
import { equal } from "./checks.mjs";

const MODERN = "2026-07-28";

export const LINKS = {
  "stdio": stdio,
  "http": (server, era) => http(server, era, era === "auto" ? modernExchanges : sessionExchanges),
  "http --stateless": (server, era) => http(server, era, era === "auto" ? modernExchanges : sessionlessExchanges, "--stateless"),
};

async function stdio(command) {
  const transport = new StdioClientTransport({ command, args: [], env: EXPECTED.environment });
  return { transport, judge: (client) => client.close() };
}

/** Every exchange is recorded, and judged when everything has been asked. */
async function http(command, era, exchanges, ...options) {
  const { url, stop } = await listening(command, ["--http", "127.0.0.1:0", ...options], EXPECTED.environment);
  const recorded = [];
  const transport = new StreamableHTTPClientTransport(new URL(url), { fetch: recording(recorded) });
  const judge = async (client) => {
    await transport.terminateSession();
    await client.close();
    await exchanges(recorded, url);
    equal("exit code and complaints", await stop(), [0, []]);
  };
  return { transport, judge };
}

/** `fetch` that remembers what was asked, and what HTTP answered. */
export function recording(exchanges, ask = fetch) {
  return async (url, init) => {
    const response = await ask(url, init);
    const { method, headers, body } = init;
    exchanges.push({ method, asked: new Headers(headers), body, status: response.status, answered: response.headers });
    return response;
  };
}

/** One session: given by the first answer, named in everything that follows, ended by DELETE, unknown then. */
async function sessionExchanges([first, ...others], url) {
  const id = first.answered.get("mcp-session-id");
  equal("the form of the session id", /^[0-9a-f]{32}$/.test(id), true);
  equal("a session id sent to open a session", first.asked.has("mcp-session-id"), false);
  equal("session ids sent", distinct(others, ({ asked }) => asked.get("mcp-session-id")), [id]);
  equal("session ids given later", others.filter(({ answered }) => answered.has("mcp-session-id")), []);
  equal("versions sent", distinct(others, ({ asked }) => asked.get("mcp-protocol-version")), ["2025-11-25"]);
  equal("exchanges", outcomes([first, ...others]), [
    "DELETE 204 null",
    "GET 200 text/event-stream",
    "POST 200 application/json",
    "POST 202 null",
  ]);
  const headers = { "content-type": "application/json", "mcp-session-id": id };
  const late = await fetch(url, { method: "POST", headers, body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }) });
  equal("a request after DELETE", [late.status, (await late.json()).error?.code], [404, -32600]);
}

function sessionlessExchanges(exchanges) {
  equal("session ids of a stateless server", sessionIds(exchanges), []);
  equal("exchanges", outcomes(exchanges), ["GET 405 application/json", "POST 200 application/json", "POST 202 null"]);
}

/** Requests that stand alone, and nothing else. */
function modernExchanges(exchanges) {
  equal("session ids in the modern era", sessionIds(exchanges), []);
  equal("versions sent", distinct(exchanges, ({ asked }) => asked.get("mcp-protocol-version")), [MODERN]);
  equal("methods sent", exchanges.filter(({ asked }) => !asked.has("mcp-method")), []);
  equal("exchanges", outcomes(exchanges), ["POST 200 application/json"]);
}

function sessionIds(exchanges) {
  return exchanges.filter(({ asked, answered }) => asked.has("mcp-session-id") || answered.has("mcp-session-id"));
}

function outcomes(exchanges) {
  return distinct(exchanges, ({ method, status, answered }) => `${method} ${status} ${answered.get("content-type")}`);
}

function distinct(exchanges, part) {
  return [...new Set(exchanges.map(part))].sort();
}
