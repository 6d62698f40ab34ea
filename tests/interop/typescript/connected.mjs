// A client that is connected, and that reports every error of its transport.

import { Client } from "@modelcontextprotocol/client";
import { equal } from "./checks.mjs";

/** Also all messages that reach it, before it translates their error codes. */
export async function connected(transport, mode, expectsError = () => false) {
  const client = new Client({ name: "interop", version: "1.0.0" }, { versionNegotiation: { mode } });
  client.onerror = (error) => expectsError(String(error)) || equal("no error of the transport", String(error), "");
  await client.connect(transport);
  const received = [], deliver = transport.onmessage;
  transport.onmessage = (message, extra) => {
    received.push(message);
    deliver(message, extra);
  };
  return { client, received };
}
