// Opens pages in a browser that use the servers, and looks at what came of it, on both sides.

import { spawn } from "node:child_process";
import { createServer, request } from "node:http";
import { isDeepStrictEqual } from "node:util";
import { build } from "esbuild";
import { EXPECTED, narrowed, toolsOf } from "../weather.mjs";

const PATIENCE = 30_000;
const ERAS = { legacy: "2025-11-25", auto: "2026-07-28" };
const HTML = `<!doctype html><meta charset="utf-8"><title>interop</title><script type="module" src="/page.js"></script>`;

let passed = 0, failed = 0;

function equal(name, value, wanted) {
  if (isDeepStrictEqual(value, wanted)) return void passed++;
  failed++;
  const { what, found, expected } = narrowed(name, value, wanted);
  console.error(`browser: ${what}\n  expected ${show(expected)}\n  found    ${show(found)}`);
}

async function main([chromium, folder, weather, torture]) {
  const bundled = await build({
    entryPoints: [new URL("page.mjs", import.meta.url).pathname],
    bundle: true, write: false, format: "esm", platform: "browser", logLevel: "error",
  });
  const browser = { chromium, folder, script: bundled.outputFiles[0].text };
  await allowed(browser, weather);
  await foreign(browser, torture);
  if (failed) throw new Error(`browser: ${failed} of ${passed + failed} checks failed`);
  console.log(`browser: ${passed} checks passed`);
}

/** A page of an origin that the server was told of. */
async function allowed(browser, weather) {
  const pages = await site(browser);
  const origin = `http://app.example:${pages.port}`;
  const server = await started(weather, ["--http", "127.0.0.1:0", "--allow-origin", origin], EXPECTED.environment);
  const [{ uri, contents }] = EXPECTED.reads, [{ name, arguments: given, result }] = EXPECTED.calls;
  for (const [mode, revision] of Object.entries(ERAS)) {
    const call = { name, arguments: given };
    const found = await opened(browser, pages, origin, { scenario: "uses", url: server.url, mode, call, uri });
    equal(`${mode}, from an allowed origin`, found, {
      revision, server: EXPECTED.server, session: mode === "legacy", tools: toolsOf(mode), contents,
      result: result.structuredContent,
    });
  }
  server.stop();
  pages.close();
}

/** Pages that the server was not told of. What they ask for must not happen. */
async function foreign(browser, torture) {
  const server = await started(torture, ["http", "0"], {});
  const pages = await site(browser), victim = await site(browser, server.port);
  const url = `http://127.0.0.1:${victim.port}/mcp`;

  const friend = await attacked(browser, pages, `http://localhost:${pages.port}`, url, server);
  equal("a local page is answered", [friend.asked, friend.initialize, friend.calls], [200, 200, 1]);

  victim.statuses.length = 0;
  const stranger = await attacked(browser, pages, `http://evil.example:${pages.port}`, url, server);
  const rejected = "rejected: TypeError";
  const seen = { asked: rejected, initialize: rejected, simple: "hidden", form: "hidden", beacon: "sent", listening: "hidden" };
  equal("a foreign page sees nothing, and nothing happens", stranger, { ...seen, calls: 0 });
  // A request that changes nothing need not have an Origin, and is refused for what it is.
  const posts = victim.statuses.filter(({ method }) => method !== "GET");
  equal("a foreign page is answered with 403", posts.map(({ status }) => status), Array(posts.length).fill(403));
  equal("the browser has asked", posts.length >= 5, true);

  // The name of the page's own server now means this machine (DNS rebinding), so that the browser sees no other origin.
  victim.statuses.length = 0;
  const own = `http://evil.example:${victim.port}`;
  const rebound = await attacked(browser, victim, own, `${own}/mcp`, server);
  const { asked, initialize, listening, calls } = rebound;
  equal("a page whose name was rebound is refused", { asked, initialize, listening, calls }, { asked: 403, initialize: 403, listening: 403, calls: 0 });
  equal("all that it asks", victim.statuses.filter(({ status }) => status !== 403), []);

  server.stop();
  pages.close();
  victim.close();
}

/** What a page sees that tries to have a tool called, and how often the tool ran. */
async function attacked(browser, pages, origin, url, server) {
  const key = origin;
  const [message, headers] = modern("ticker", { ms: 1, key });
  const seen = await opened(browser, pages, origin, { scenario: "attacks", url, message, headers });
  const [question, its] = modern("ticks", { key });
  const response = await fetch(server.url, {
    method: "POST", headers: { ...its, "Content-Type": "application/json" }, body: JSON.stringify(question),
  });
  const { result } = await response.json();
  return { ...seen, calls: Number(result.content[0].text) };
}

/** A call, and the headers that go with it. */
function modern(name, given) {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const message = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: given, _meta } };
  const headers = { "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": name };
  return [message, { ...headers, Accept: "application/json, text/event-stream" }];
}

/** A server for pages, which takes reports, and passes on to another server what is for `/mcp`. */
async function site({ script }, behind) {
  const found = { statuses: [], report: () => {}, close: () => server.closeAllConnections() ?? server.close() };
  const server = createServer((asked, answer) => {
    if (asked.url === "/mcp") return pass(asked, answer, behind, found.statuses);
    if (asked.url === "/report") return void collect(asked).then((text) => (answer.end(), found.report(JSON.parse(text))));
    const [type, text] = asked.url === "/page.js" ? ["text/javascript", script] : ["text/html", HTML];
    answer.writeHead(200, { "Content-Type": type }).end(text);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(found, { port: server.address().port });
}

/** As it came, with all headers. */
function pass(asked, answer, port, statuses) {
  const { method, headers } = asked;
  const passed = request({ host: "127.0.0.1", port, path: "/mcp", method, headers }, (response) => {
    statuses.push({ method, origin: headers.origin, status: response.statusCode });
    answer.writeHead(response.statusCode, response.rawHeaders);
    response.pipe(answer);
  });
  passed.on("error", () => answer.destroy());
  asked.pipe(passed);
}

async function collect(stream) {
  let text = "";
  for await (const part of stream) text += part;
  return text;
}

/** Opens a page in a browser of its own, and returns what it reports. */
async function opened({ chromium, folder }, pages, origin, asked) {
  const options = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-port=0",
    `--user-data-dir=${folder}/profile`, "--host-resolver-rules=MAP *.example 127.0.0.1",
  ];
  const page = `${origin}/#${encodeURIComponent(JSON.stringify(asked))}`;
  const report = new Promise((resolve) => void (pages.report = resolve));
  const browser = spawn(chromium, [...options, page], { stdio: ["ignore", "ignore", "pipe"] });
  const said = [];
  browser.stderr.on("data", (text) => said.push(text));
  const ended = new Promise((resolve) => browser.once("close", resolve));
  try {
    return await Promise.race([report, failure(browser, ended, said)]);
  } finally {
    browser.kill("SIGKILL");
    await ended;
  }
}

async function failure(browser, ended, said) {
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, "reported nothing").unref());
  browser.once("error", (error) => said.push(String(error)));
  const how = await Promise.race([late, ended.then(() => "ended")]);
  throw new Error(`browser: it ${how}\n${said.join("")}`);
}

/** A server, once it listens. */
async function started(command, args, environment) {
  const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ["ignore", "ignore", "pipe"] });
  process.once("exit", () => child.kill());
  let said = "";
  const [url, port] = await new Promise((resolve, reject) => {
    child.stderr.on("data", (text) => {
      const found = / at (http:\/\/127\.0\.0\.1:(\d+)\/mcp)/.exec((said += text));
      if (found) resolve(found.slice(1));
    });
    child.once("error", reject);
    child.once("close", () => reject(new Error(`browser: ${command} does not listen: ${said}`)));
  });
  return { url, port: Number(port), stop: () => child.kill() };
}

function show(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? "undefined";
  return text.length <= 2000 ? text : `${text.slice(0, 2000)}…`;
}

await main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
process.exit();
