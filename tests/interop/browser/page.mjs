// Runs in the browser: does what the address of the page asks for, and reports what came of it.

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const SCENARIOS = { uses, attacks };

/** With the official client, as a web application does it. */
async function uses({ url, mode, call, uri }) {
  const transport = new StreamableHTTPClientTransport(new URL(url));
  const client = new Client({ name: "browser", version: "1.0.0" }, { versionNegotiation: { mode } });
  await client.connect(transport);
  const found = {
    revision: client.getNegotiatedProtocolVersion(),
    server: client.getServerVersion(),
    session: transport.sessionId !== undefined,
    tools: (await client.listTools()).tools,
    result: (await client.callTool(call)).structuredContent,
    contents: (await client.readResource({ uri })).contents,
  };
  if (found.session) await transport.terminateSession();
  await client.close();
  return found;
}

/** All ways in which a page can have a tool called without asking anybody. */
async function attacks({ url, message, headers }) {
  const body = JSON.stringify(message), type = { "Content-Type": "application/json" };
  return {
    asked: await outcome(fetch(url, { method: "POST", headers: { ...headers, ...type }, body })),
    initialize: await outcome(fetch(url, { method: "POST", headers: type, body: JSON.stringify(INITIALIZE) })),
    simple: await outcome(fetch(url, { method: "POST", mode: "no-cors", body })),
    form: await outcome(fetch(url, { method: "POST", mode: "no-cors", body: new URLSearchParams({ [body]: "" }) })),
    beacon: navigator.sendBeacon(url, new Blob([body], { type: "text/plain" })) ? "sent" : "not sent",
    listening: await outcome(fetch(url, { mode: "no-cors" })),
  };
}

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "browser", version: "1.0.0" } },
};

/** What a page gets to see. */
async function outcome(response) {
  try {
    const { type, status } = await response;
    return type === "opaque" ? "hidden" : status;
  } catch (error) {
    return `rejected: ${error.name}`;
  }
}

async function main() {
  const { scenario, ...asked } = JSON.parse(decodeURIComponent(location.hash.slice(1)));
  const report = await SCENARIOS[scenario](asked).catch((error) => ({ error: String(error?.stack ?? error) }));
  await fetch("/report", { method: "POST", body: JSON.stringify(report) });
}

main();
