// What only HTTP has: calls that take long, connections that break, functions whose caller has gone, the transport of 2024-11-05.

import { SSEClientTransport, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { setTimeout as sleep } from "node:timers/promises";
import { listening } from "../server.mjs";
import { at, equal, show } from "./checks.mjs";
import { connected } from "./connected.mjs";
import { recording } from "./links.mjs";

// Calls become streams early, so that nobody has to wait for that.
const ENVIRONMENT = { TORTURE_HTTP_SSE: "1", TORTURE_STREAM_AFTER_MS: "200" };

export async function everything(server, eras) {
  const { url, stop } = await listening(server, ["http", "0"], ENVIRONMENT);
  for (const era of eras) {
    at("http", era);
    await slow(url, era);
    await dropped(url, era);
    at("http+sse", era);
    await httpSse(new URL("/sse", url), era);
  }
  at("http", "legacy");
  await broken(url);
  equal("exit code and complaints", await stop(), [0, []]);
  await resumed(server);
}

/** A call of a session goes on as a stream. One that stands alone is simply answered later. */
async function slow(url, era) {
  const { client, exchanges } = await overHttp(url, era);
  equal("a slow call", text(await call(client, "sleep", { ms: 600 })), "slept 600");
  const expected = era === "legacy" ? "text/event-stream" : "application/json";
  const answers = exchanges.filter(({ body }) => body?.includes("600"));
  equal("how it is answered", answers.map(({ answered }) => answered.get("content-type")), [expected]);
  await client.close();
}

/** Nothing runs on for a caller that has cancelled, or that has left. */
async function dropped(url, era) {
  const { client } = await overHttp(url, era);
  const key = `typescript ${era}`, abort = new AbortController();
  const ticking = call(client, "ticker", { ms: 20_000, key }, { signal: abort.signal });
  setTimeout(() => abort.abort(), 500);
  equal("a call that was cancelled", await ticking.then(text, () => "given up"), "given up");
  await sleep(200);
  const ticks = async () => Number(text(await call(client, "ticks", { key })));
  const before = await ticks();
  await sleep(300);
  equal("ticks before the end", before > 5, true);
  equal("ticks after a call was cancelled", (await ticks()) - before, 0);
  await client.close();
}

/** The client comes back for the answer to a call whose connection broke. */
async function broken(url) {
  let cuts = 0;
  const breaking = async (url, init) => {
    const response = await fetch(url, init);
    if (cuts || init.method !== "POST" || response.headers.get("content-type") !== "text/event-stream") return response;
    cuts++;
    return new Response(cut(response.body), response);
  };
  const breaks = (error) => error.includes("the test broke the connection");
  const { client, exchanges } = await overHttp(url, "legacy", breaking, breaks);
  equal("a call whose connection broke", text(await call(client, "sleep", { ms: 600 })), "slept 600");
  equal("connections broken", cuts, 1);
  equal("GET with Last-Event-ID", statuses(exchanges, "last-event-id"), [200]);
  equal("the session goes on", text(await call(client, "echo", { message: "still here" })), "still here");
  await client.close();
}

/** The first chunk of a body, and then an error. */
function cut(body) {
  const reader = body.getReader();
  let chunks = 0;
  const pull = async (controller) => {
    if (!chunks++) return controller.enqueue((await reader.read()).value);
    await reader.cancel();
    controller.error(new Error("the test broke the connection"));
  };
  return new ReadableStream({ pull }, { highWaterMark: 0 });
}

/** Another client of the same session takes over a call, with the token that the first one got. */
async function resumed(server) {
  const { url, stop } = await listening(server, ["http", "0"], {});
  const first = await overHttp(url, "legacy");
  const began = performance.now();
  const resumptionToken = await new Promise((onresumptiontoken) => {
    call(first.client, "sleep", { ms: 6000 }, { onresumptiontoken }).catch(() => {});
  });
  equal("seconds until a call becomes a stream", Math.floor((performance.now() - began) / 1000), 5);
  equal("the form of the token", /^\d+-\d+$/.test(resumptionToken), true);
  const { sessionId } = first.transport;
  await first.client.close();
  const transport = new StreamableHTTPClientTransport(new URL(url), { sessionId, protocolVersion: "2025-11-25" });
  const { client } = await connected(transport, "legacy");
  equal("the session is the same", transport.sessionId, sessionId);
  const answer = await call(client, "sleep", { ms: 6000 }, { resumptionToken });
  equal("the answer that the first one waited for", text(answer), "slept 6000");
  equal("it was called once", performance.now() - began < 10_000, true);
  await transport.terminateSession();
  await client.close();
  equal("exit code and complaints", await stop(), [0, []]);
}

async function httpSse(url, era) {
  const posts = [];
  const remembered = (...request) => posts[posts.push(fetch(...request)) - 1];
  const { client } = await connected(new SSEClientTransport(url, { fetch: remembered }), era);
  const names = (await client.listTools()).tools.map(({ name }) => name);
  equal("a tool among those listed", names.includes("echo"), true);
  for (const message of ["", "Grüße, 東京\n\r\n\u2028", "x".repeat(2_000_000)]) {
    equal(`echo of ${show(message.slice(0, 20))}`, text(await call(client, "echo", { message })), message);
  }
  const failed = await call(client, "fail", { message: "no" });
  equal("a failure", [failed.isError, text(failed)], [true, "no"]);
  const numbers = Array.from({ length: 100 }, (_, number) => String(number));
  const echoed = await Promise.all(numbers.map((message) => call(client, "echo", { message })));
  equal("100 calls at once", echoed.map(text), numbers);
  // An answer may be there before the POST that asked for it has ended.
  await Promise.all(posts);
  await client.close();
}

async function overHttp(url, era, ask, expectsError) {
  const exchanges = [];
  const transport = new StreamableHTTPClientTransport(new URL(url), { fetch: recording(exchanges, ask) });
  return { ...(await connected(transport, era, expectsError)), transport, exchanges };
}

function call(client, name, given, options) {
  return client.callTool({ name, arguments: given }, options);
}

function statuses(exchanges, header) {
  return exchanges.filter(({ asked }) => asked.has(header)).map(({ status }) => status);
}

function text({ content: [{ text }] }) {
  return text;
}
