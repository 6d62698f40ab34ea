// Calls everything that the weather example offers and compares with `../weather.json`.

import { EXPECTED, toolsOf } from "../weather.mjs";
import { equal, show } from "./checks.mjs";

/** `received` are the messages that reach the client, before it translates their error codes. */
export async function everything(client, received, era, revision) {
  equal("revision", client.getNegotiatedProtocolVersion(), revision);
  await offers(client, era);
  await calls(client, received);
  await reads(client, received, revision);
  await prompts(client, received);
  await completions(client);
  await crowd(client);
}

async function offers(client, era) {
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
