// Runs the inspector once per question and compares what it prints with `../weather.json`.

import { spawnSync } from "node:child_process";
import { isDeepStrictEqual } from "node:util";
import { fileURLToPath } from "node:url";
import { EXPECTED, narrowed, toolsOf } from "../weather.mjs";

const INSPECTOR = fileURLToPath(new URL("node_modules/.bin/mcp-inspector", import.meta.url));
const SUCCESS = 0, FAILED = 1, TOOL_FAILED = 5;

let passed = 0, failed = 0;

function main(server) {
  for (const era of ["legacy", "modern"]) {
    const ask = (method, ...options) => inspect(server, era, method, options);
    // `--strict`: no schema that some hosts would not take.
    same(`${era} tools/list`, ask("tools/list", "--strict"), SUCCESS, { tools: toolsOf(era) });
    for (const [method, field] of Object.entries({
      "resources/list": "resources",
      "resources/templates/list": "resourceTemplates",
      "prompts/list": "prompts",
    })) {
      same(`${era} ${method}`, ask(method), SUCCESS, { [field]: EXPECTED[field] });
    }
    calls(era, ask);
    reads(era, ask);
    gets(era, ask);
  }
  if (failed) {
    console.error(`inspector: ${failed} of ${passed + failed} checks failed`);
    process.exit(1);
  }
  console.log(`inspector: ${passed} checks passed`);
}

function calls(era, ask) {
  const [good] = EXPECTED.calls, [bad] = EXPECTED.badCalls;
  const call = ({ name, arguments: given }) =>
    ask("tools/call", "--tool-name", name, "--tool-args-json", JSON.stringify(given));
  same(`${era} good call`, call(good), SUCCESS, good.result);
  const outcome = call(bad);
  same(`${era} bad call`, outcome, TOOL_FAILED, { isError: true });
  const text = outcome.result?.content?.[0]?.text ?? "";
  const says = bad.says.filter((part) => text.includes(part));
  same(`${era} bad call names the field`, { code: TOOL_FAILED, result: { says } }, TOOL_FAILED, { says: bad.says });
}

function reads(era, ask) {
  for (const { uri, contents } of EXPECTED.reads) {
    same(`${era} read ${uri}`, ask("resources/read", "--uri", uri), SUCCESS, { contents });
  }
  const [{ uri }] = EXPECTED.refusedReads;
  same(`${era} read ${uri}`, ask("resources/read", "--uri", uri), FAILED, {});
}

function gets(era, ask) {
  const [{ name, arguments: given, messages }] = EXPECTED.gets;
  const pairs = Object.entries(given).map(([key, value]) => `${key}=${value}`);
  same(`${era} prompt`, ask("prompts/get", "--prompt-name", name, "--prompt-args", ...pairs), SUCCESS, { messages });
  same(`${era} prompt without its argument`, ask("prompts/get", "--prompt-name", name), FAILED, {});
}

/** The exit code of one run and the result that it printed. */
function inspect(server, era, method, options) {
  const environment = Object.entries(EXPECTED.environment).flatMap(([key, value]) => ["-e", `${key}=${value}`]);
  const how = ["--cli", "-q", "--format", "json", "--protocol-era", era, ...environment];
  const args = [INSPECTOR, ...how, server, "--method", method, ...options];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 });
  const printed = stdout.trim() ? JSON.parse(stdout) : {};
  return { code: status, result: printed.result ?? {}, stderr };
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

main(process.argv[2]);
