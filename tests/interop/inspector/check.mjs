// Runs the inspector once per question and compares what it prints with `../weather.json`.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { isDeepStrictEqual } from "node:util";
import { fileURLToPath } from "node:url";
import { listening } from "../server.mjs";
import { EXPECTED, narrowed, toolsOf } from "../weather.mjs";

const INSPECTOR = fileURLToPath(new URL("node_modules/.bin/mcp-inspector", import.meta.url));
const SUCCESS = 0, FAILED = 1, TOOL_FAILED = 5;

let passed = 0, failed = 0;

async function main(command) {
  const { url, stop } = await listening(command, ["--http", "127.0.0.1:0"], EXPECTED.environment);
  const environment = Object.entries(EXPECTED.environment).flatMap(([key, value]) => ["-e", `${key}=${value}`]);
  // One run at a time leaves most of the machine idle.
  await Promise.all([
    everything("stdio", [...environment, command]),
    everything("http", ["--transport", "http", url]),
  ]);
  const [code, complaints] = await stop();
  same("http server", { code, result: { complaints } }, SUCCESS, { complaints: [] });
  if (failed) {
    console.error(`inspector: ${failed} of ${passed + failed} checks failed`);
    process.exit(1);
  }
  console.log(`inspector: ${passed} checks passed`);
}

async function everything(transport, target) {
  for (const era of ["legacy", "modern"]) {
    const ask = (method, ...options) => inspect(target, era, method, options);
    const at = `${transport} ${era}`;
    // `--strict`: no schema that some hosts would not take.
    same(`${at} tools/list`, await ask("tools/list", "--strict"), SUCCESS, { tools: toolsOf(era) });
    for (const [method, field] of Object.entries({
      "resources/list": "resources",
      "resources/templates/list": "resourceTemplates",
      "prompts/list": "prompts",
    })) {
      same(`${at} ${method}`, await ask(method), SUCCESS, { [field]: EXPECTED[field] });
    }
    await calls(at, ask);
    await reads(at, ask);
    await gets(at, ask);
  }
}

async function calls(at, ask) {
  const [good] = EXPECTED.calls, [bad] = EXPECTED.badCalls;
  const call = ({ name, arguments: given }) =>
    ask("tools/call", "--tool-name", name, "--tool-args-json", JSON.stringify(given));
  same(`${at} good call`, await call(good), SUCCESS, good.result);
  const outcome = await call(bad);
  same(`${at} bad call`, outcome, TOOL_FAILED, { isError: true });
  const said = outcome.result?.content?.[0]?.text ?? "";
  const says = bad.says.filter((part) => said.includes(part));
  same(`${at} bad call names the field`, { code: TOOL_FAILED, result: { says } }, TOOL_FAILED, { says: bad.says });
}

async function reads(at, ask) {
  for (const { uri, contents } of EXPECTED.reads) {
    same(`${at} read ${uri}`, await ask("resources/read", "--uri", uri), SUCCESS, { contents });
  }
  const [{ uri }] = EXPECTED.refusedReads;
  same(`${at} read ${uri}`, await ask("resources/read", "--uri", uri), FAILED, {});
}

async function gets(at, ask) {
  const [{ name, arguments: given, messages }] = EXPECTED.gets;
  const pairs = Object.entries(given).map(([key, value]) => `${key}=${value}`);
  same(`${at} prompt`, await ask("prompts/get", "--prompt-name", name, "--prompt-args", ...pairs), SUCCESS, { messages });
  same(`${at} prompt without its argument`, await ask("prompts/get", "--prompt-name", name), FAILED, {});
}

/** The exit code of one run and the result that it printed. */
async function inspect(target, era, method, options) {
  const how = ["--cli", "-q", "--format", "json", "--protocol-era", era];
  const args = [INSPECTOR, ...how, ...target, "--method", method, ...options];
  const run = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
  const [stdout, stderr, [code]] = await Promise.all([text(run.stdout), text(run.stderr), once(run, "close")]);
  const printed = stdout.trim() ? JSON.parse(stdout) : {};
  return { code, result: printed.result ?? {}, stderr };
}

/** The run ended with `code`, and its result has these fields among others. */
function same(name, outcome, code, fields) {
  const result = Object.fromEntries(Object.keys(fields).map((key) => [key, outcome.result[key] ?? null]));
  const value = { exit: outcome.code, ...result }, wanted = { exit: code, ...fields };
  if (isDeepStrictEqual(value, wanted)) return void passed++;
  failed++;
  const { what, found, expected } = narrowed(name, value, wanted);
  console.error(`inspector, ${what}\n  expected ${show(expected)}\n  found    ${show(found)} ${outcome.stderr ?? ""}`);
}

function show(value) {
  return (JSON.stringify(value) ?? "nothing").slice(0, 2000);
}

await main(process.argv[2]);
