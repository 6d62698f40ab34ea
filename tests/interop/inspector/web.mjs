// The web page of the inspector, driven as a person would: lists, a form made from our schema, a resource, a prompt, and
// questions to the person and to the model.

import { spawn } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { chromium as driver } from "playwright-core";
import { EXPECTED } from "../weather.mjs";

const PATIENCE = 20_000;
const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const VIEWPORT = { width: 1080, height: 720 };
// Pictures are the same whenever they are taken.
const TODAY = "2026-07-28T12:00:00Z";
const FADED_IN = 400;

let passed = 0, failed = 0;

function equal(name, value, wanted) {
  if (isDeepStrictEqual(value, wanted)) return void passed++;
  failed++;
  console.error(`inspector's page: ${name}\n  expected ${JSON.stringify(wanted)}\n  found    ${JSON.stringify(value)}`);
}

async function main([chromium, folder, weather, deploy, pictures]) {
  if (pictures) await mkdir(pictures, { recursive: true });
  const browser = await driver.launch({ executablePath: chromium, args: ARGS });
  for (const era of ["legacy", "modern"]) {
    const look = async (page, name) => {
      if (!pictures || era !== "modern") return;
      await page.waitForTimeout(FADED_IN);
      await page.screenshot({ path: `${pictures}/inspector-${name}.png` });
    };
    await opened(browser, folder, era, weather, "weather", (page) => uses(page, era, look));
    await opened(browser, folder, era, deploy, "deploy", (page) => answers(page, era, look));
    const journal = await readFile(`${folder}/${era}.journal`, "utf8");
    equal(`${era}: each machine has it once`, journal, ["alpha", "beta", "gamma"].map((machine) => `api 1.2.0 on staging/${machine}\n`).join(""));
  }
  await browser.close();
  if (failed) throw new Error(`inspector's page: ${failed} of ${passed + failed} checks failed`);
  console.log(`inspector's page: ${passed} checks passed`);
}

/** Lists what there is, calls, reads, prompts. */
async function uses(page, era, look) {
  await tab(page, "Tools");
  equal(`${era}: the tools`, await titles(page, "Tools (4)"), ["get_weather", "get_forecast", "weather", "deploy"]);

  await page.getByRole("button", { name: "get_forecast" }).click();
  const city = page.getByLabel("city").first(), days = page.getByLabel("days").first();
  equal(`${era}: a default is filled in`, await days.inputValue(), "3");
  equal(`${era}: the call wants its city`, await page.getByRole("button", { name: "Execute Tool" }).isDisabled(), true);
  await city.fill("Oslo");
  await look(page, "form");
  await page.getByRole("button", { name: "Execute Tool" }).click();
  await page.getByText('"condition"').first().waitFor();
  equal(`${era}: three days are forecast`, (await text(page)).match(/"condition"/g)?.length >= 3, true);
  await look(page, "result");

  await tab(page, "Resources");
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await page.getByText("forecast_days").first().waitFor();
  await page.getByRole("button", { name: "City Climate" }).click();
  await page.getByPlaceholder("Enter city").pressSequentially("Osl");
  // The inspector asks for completions while one types.
  await page.getByRole("option", { name: "Oslo" }).click();
  await page.getByRole("button", { name: "Read Resource" }).click();
  await page.getByText("months").first().waitFor();
  equal(`${era}: the climate is that of Oslo`, (await text(page)).includes("weather://climate/Oslo"), true);
  await look(page, "resource");

  await tab(page, "Prompts");
  await page.getByRole("button", { name: "Weather Briefing" }).click();
  await page.getByPlaceholder("Enter city").fill("Lima");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Get Prompt" }).click();
  await page.getByText(/Lima/).first().waitFor();
  equal(`${era}: the prompt speaks to the model`, /user/i.test(await text(page)), true);
  await look(page, "prompt");
}

/** Deploys, and says where to, what the model thinks, and that all is well. */
async function answers(page, era, look) {
  await tab(page, "Tools");
  await page.getByRole("button", { name: "deploy" }).click();
  await page.getByLabel("service").first().fill("api");
  await page.getByLabel("version").first().fill("1.2.0");
  await page.getByRole("button", { name: "Execute Tool" }).click();

  const dialog = page.getByRole("dialog");
  await dialog.getByText("Where is api 1.2.0 to go?").waitFor();
  await dialog.getByLabel("environment").first().click();
  const options = page.getByRole("option");
  equal(`${era}: the form offers what the type has`, await options.allInnerTexts(), ["staging", "production"]);
  await page.getByRole("option", { name: "staging" }).click();
  await look(page, "question");
  await dialog.getByRole("button", { name: "Submit" }).click();

  await dialog.getByText("Write the release notes of api 1.2.0 for staging").waitFor();
  await dialog.getByLabel("Response").fill("It is faster.");
  await look(page, "sampling");
  await dialog.getByRole("button", { name: "Send Response" }).click();

  await dialog.getByText("staging/alpha has api 1.2.0. Is it well?").waitFor();
  await dialog.getByLabel("well").first().check({ force: true });
  await dialog.getByRole("button", { name: "Submit" }).click();
  await page.getByText("All of staging has api 1.2.0: It is faster.").first().waitFor();
  passed++;
  await look(page, "answered");
}

/** The inspector with one server, and its page, connected. */
async function opened(browser, folder, era, server, name, use) {
  const inspector = await started(folder, era, server);
  const page = await browser.newPage({ viewport: VIEWPORT });
  page.setDefaultTimeout(PATIENCE);
  await page.clock.setSystemTime(TODAY);
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  try {
    await page.goto(inspector.url);
    await page.getByRole("switch", { name: `Connect or disconnect "${name}"` }).click({ force: true });
    await page.getByLabel("Close monitoring sidebar").click();
    await use(page);
  } catch (error) {
    failed++;
    console.error(`inspector's page, ${era}, ${name}: ${error}\nthe page says:\n${await text(page)}`);
  }
  equal(`${era}, ${name}: the page has no errors`, errors, []);
  await page.close();
  await inspector.stop();
}

async function started(folder, era, server) {
  const program = new URL("node_modules/.bin/mcp-inspector", import.meta.url).pathname;
  // The server is given none of the inspector's own environment.
  const lent = { ...EXPECTED.environment, DEPLOY_JOURNAL: `${folder}/${era}.journal` };
  const variables = Object.entries(lent).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
  const args = [program, "--web", "--protocol-era", era, ...variables, "--", server];
  const settings = { CLIENT_PORT: `${await free()}`, MCP_AUTO_OPEN_ENABLED: "false", MCP_INSPECTOR_SECRET_STORE: "memory" };
  const env = { ...process.env, ...settings, HOME: folder };
  const child = spawn(process.execPath, args, { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const kill = () => { try { process.kill(-child.pid, "SIGKILL"); } catch { /* it has ended */ } };
  process.on("exit", kill);
  let said = "";
  const url = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the inspector does not start:\n${said}`)), PATIENCE);
    const hear = (chunk) => {
      said += chunk;
      const found = /https?:\/\/\S+MCP_INSPECTOR_API_TOKEN=\w+/.exec(said);
      if (found) { clearTimeout(late); resolve(found[0]); }
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("close", () => reject(new Error(`the inspector has ended:\n${said}`)));
  });
  return { url, stop: async () => { kill(); await ended; process.off("exit", kill); } };
}

/** A port that nobody listens on: the inspector wants to be told one. */
function free() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function tab(page, name) {
  await page.getByText(name, { exact: true }).first().click();
}

/** The second lines of the buttons in the list under a heading: the names of the items. */
async function titles(page, heading) {
  await page.getByText(heading, { exact: true }).waitFor();
  const labels = await page.getByRole("button").allInnerTexts();
  return labels.map((label) => label.split("\n").filter(Boolean)[1]).filter(Boolean);
}

function text(page) {
  return page.locator("body").innerText();
}

await main(process.argv.slice(2));
