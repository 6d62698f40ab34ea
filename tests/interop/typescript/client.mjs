// Calls everything that the weather example offers with the official client and compares with `../weather.json`.

import { isDeepStrictEqual } from "node:util";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { EXPECTED, narrowed, toolsOf } from "../weather.mjs";

const ERAS = { legacy: "2025-11-25", auto: "2026-07-28" };

let era, passed = 0, failed = 0;

function equal(name, value, wanted) {
  if (isDeepStrictEqual(value, wanted)) return void passed++;
  failed++;
  const { what, found, expected } = narrowed(name, value, wanted);
  console.error(`typescript, ${era}: ${what}\n  expected ${show(expected)}\n  found    ${show(found)}`);
}

async function main([command, ...args]) {
  for (const [mode, revision] of Object.entries(ERAS)) {
    era = mode;
    const { client, received } = await connected(command, args, mode);
    equal("revision", client.getNegotiatedProtocolVersion(), revision);
    await offers(client);
    await calls(client, received);
    await reads(client, received, revision);
    await prompts(client, received);
    await completions(client);
    await crowd(client);
    await client.close();
  }
  if (failed) throw new Error(`typescript: ${failed} of ${passed + failed} checks failed`);
  console.log(`typescript: ${passed} checks passed`);
}

/** A client, and all messages that reach it, before it translates their error codes. */
async function connected(command, args, mode) {
  const transport = new StdioClientTransport({ command, args, env: EXPECTED.environment });
  const client = new Client({ name: "interop", version: "1.0.0" }, { versionNegotiation: { mode } });
  await client.connect(transport);
  const received = [], deliver = transport.onmessage;
  transport.onmessage = (message, extra) => {
    received.push(message);
    deliver(message, extra);
  };
  client.onerror = (error) => equal("no error of the transport", String(error), "");
  return { client, received };
}

async function offers(client) {
  equal("server", client.getServerVersion(), EXPECTED.server);
  equal("capabilities", client.getServerCapabilities(), EXPECTED.capabilities);
  equal("instructions", client.getInstructions(), EXPECTED.instructions ?? undefined);
  equal("tools", (await client.listTools()).tools, toolsOf(era));
  equal("resources", (await client.listResources()).resources, EXPECTED.resources);
  equal("templates", (await client.listResourceTemplates()).resourceTemplates, EXPECTED.resourceTemplates);
  equal("prompts", (await client.listPrompts()).prompts, EXPECTED.prompts);
}

async function calls(client, received) {
  for (const { name, arguments: given, result } of EXPECTED.calls) {
    const found = await client.callTool({ name, arguments: given });
    const same = Object.fromEntries(Object.keys(result).map((key) => [key, found[key] ?? null]));
    equal(`call ${name} ${show(given)}`, same, result);
  }
  for (const { name, arguments: given, says } of EXPECTED.badCalls) {
    const { isError, content } = await client.callTool({ name, arguments: given });
    const said = says.filter((part) => content[0].text.includes(part));
    equal(`bad call ${name} ${show(given)}`, [isError, ...said], [true, ...says]);
  }
  for (const { name, arguments: given, code } of EXPECTED.refusedCalls) {
    await refused(received, `call ${name}`, code, () => client.callTool({ name, arguments: given }));
  }
}

async function reads(client, received, revision) {
  for (const { uri, contents } of EXPECTED.reads) {
    equal(`read ${uri}`, (await client.readResource({ uri })).contents, contents);
  }
  for (const { uri, code } of EXPECTED.refusedReads) {
    const error = await refused(received, `read ${uri}`, code[revision], () => client.readResource({ uri }));
    if (revision >= "2026-07-28") equal("data of the error", error?.data, { uri });
  }
}

async function prompts(client, received) {
  for (const { name, arguments: given, messages } of EXPECTED.gets) {
    equal(`prompt ${name} ${show(given)}`, (await client.getPrompt({ name, arguments: given })).messages, messages);
  }
  for (const { name, arguments: given, code } of EXPECTED.refusedGets) {
    await refused(received, `prompt ${name}`, code, () => client.getPrompt({ name, arguments: given }));
  }
}

async function completions(client) {
  for (const { ref, argument, values } of EXPECTED.completions) {
    equal(`completion ${show(ref)} ${show(argument)}`, (await client.complete({ ref, argument })).completion.values, values);
  }
}

/** The error on the wire, which need not be the one that the client shows. */
async function refused(received, what, code, send) {
  const outcome = await send().then(show, () => "refused");
  const error = received.at(-1).error;
  equal(`refusal of ${what}`, [outcome, error?.code], ["refused", code]);
  return error;
}

/** Many calls at once, among them one with an argument of 2 MB, and calls that are given up. */
async function crowd(client) {
  const { name, arguments: given, result } = EXPECTED.calls[0];
  const large = client.callTool({ name, arguments: { ...given, city: "x".repeat(2_000_000) } });
  const answers = [], abandoned = [];
  for (let count = 0; count < 100; count++) {
    answers.push(client.callTool({ name, arguments: given }));
    const abort = new AbortController();
    abandoned.push(client.callTool({ name, arguments: given }, { signal: abort.signal }).catch(() => {}));
    abort.abort();
  }
  const found = (await Promise.all(answers)).map(({ structuredContent }) => structuredContent);
  equal("100 calls at once", found, Array(100).fill(result.structuredContent));
  equal("an argument of 2 MB", (await large).isError, true);
  await Promise.all(abandoned);
}

function show(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? "undefined";
  return text.length <= 2000 ? text : `${text.slice(0, 2000)}…`;
}

await main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
