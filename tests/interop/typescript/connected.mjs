// A client that is connected, and that reports every error of its transport.

import { Client } from "@modelcontextprotocol/client";
import { equal } from "./checks.mjs";

/** Also all messages that reach it, before it translates their error codes. `answers` are those to the server's questions, by method. */
export async function connected(transport, mode, expectsError = () => false, answers = {}) {
  const capabilities = Object.fromEntries(Object.keys(answers).map((method) => [method.split("/")[0], {}]));
  const client = new Client({ name: "interop", version: "1.0.0" }, { versionNegotiation: { mode }, capabilities });
  for (const [method, answer] of Object.entries(answers)) client.setRequestHandler(method, answer);
  client.onerror = (error) => expectsError(String(error)) || equal("no error of the transport", String(error), "");
  await client.connect(transport);
  const received = [], deliver = transport.onmessage;
  transport.onmessage = (message, extra) => {
    received.push(message);
    deliver(message, extra);
  };
  return { client, received };
}
