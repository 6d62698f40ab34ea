// Conversations with the deploy example: questions to the person and the model, and effects that are had once.

import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listening } from "../server.mjs";
import { at, equal } from "./checks.mjs";
import { connected } from "./connected.mjs";

const LINKS = { "stdio": null, "http": [], "http --stateless": ["--stateless"] };
const ANSWERS = {
  target: { action: "accept", content: { environment: "staging" } },
  notes: { role: "assistant", model: "test", content: { type: "text", text: "Faster." } },
  health: { action: "accept", content: { well: true } },
};
const MACHINES = ["alpha", "beta", "gamma"];

export async function everything(server, eras) {
  for (const [link, options] of Object.entries(LINKS)) {
    for (const era of eras) {
      // Where no question reaches a legacy client, nothing is asked.
      if (era === "legacy" && options?.length) continue;
      at(link, era);
      await over(server, options, era);
    }
  }
}

async function over(server, options, era) {
  const folder = mkdtempSync(join(tmpdir(), "deploy-"));
  const journal = join(folder, "journal"), environment = { DEPLOY_JOURNAL: journal };
  const { transport, stop } = await opened(server, options, environment);
  const person = new Person();
  // The client forgets a token with the answer, before it has read the progress that came with it. Over HTTP it sends no
  // answers to the questions of a call that was given up.
  const isLate = (error) => /progress notification for an unknown token|AbortError/.test(error);
  const { client, received } = await connected(transport, era, isLate, person.answers());
  const installed = (service) => (existsSync(journal) ? readFileSync(journal, "utf8") : "").split("\n").filter((line) => line.startsWith(`${service} `));
  await toItsEnd(client, received, person, installed);
  await givenUp(client, person, installed);
  if (era !== "legacy") await twice(client, person, installed);
  if (era !== "legacy") await atTheSameTime(client, person, installed);
  await client.close();
  await stop();
  rmSync(folder, { recursive: true });
}

async function opened(command, options, environment) {
  if (!options) return { transport: new StdioClientTransport({ command, args: [], env: environment }), stop: () => {} };
  const { url, stop } = await listening(command, ["--http", "127.0.0.1:0", ...options], environment);
  const judged = async () => equal("exit code and complaints", await stop(), [0, []]);
  return { transport: new StreamableHTTPClientTransport(new URL(url)), stop: judged };
}

/** Answers every question, unless it is to think about one of them. The model answers, too. */
class Person {
  questions = [];
  /** The key of a question, and who gets its answer. */
  thinksAbout = {};

  answers() {
    return {
      "elicitation/create": (request, { mcpReq }) => this.asked(request, mcpReq.signal),
      "sampling/createMessage": (request) => this.asked(request),
    };
  }

  asked({ method, params }, signal) {
    const key = method !== "elicitation/create" ? "notes" : params.requestedSchema.properties.environment ? "target" : "health";
    this.questions.push(key);
    const answer = ANSWERS[key], thinks = this.thinksAbout[key];
    if (!thinks) return answer;
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", reject);
      thinks(() => resolve(answer));
    });
  }
}

function all(service, machines = MACHINES) {
  return machines.map((machine) => `${service} 1.2.3 on staging/${machine}`);
}

function call(client, service, options, round) {
  return client.callTool({ name: "deploy", arguments: { service, version: "1.2.3" }, ...round }, options);
}

function text({ content: [{ text }] }) {
  return text;
}

async function toItsEnd(client, received, person, installed) {
  person.questions = [];
  equal("the result", text(await call(client, "whole", { onprogress() {} })), "All of staging has whole 1.2.3: Faster.");
  equal("questions", person.questions, ["target", "notes", "health"]);
  equal("effects", installed("whole"), all("whole"));
  const told = received.filter(({ method }) => method === "notifications/progress");
  const steps = told.map(({ params: { progress, total, message } }) => [progress, total, message].join(" "));
  // Every round of a modern client is a request of its own, which tells again how far it is.
  equal("progress", [...new Set(steps)], MACHINES.map((machine, done) => `${done + 1} 3 staging/${machine} has whole 1.2.3`));
}

/** Who gives up at the last question has nothing more installed, whatever is answered later. */
async function givenUp(client, person, installed) {
  const abort = new AbortController();
  const thinking = new Promise((thinks) => (person.thinksAbout.health = thinks));
  const calling = call(client, "abandoned", { signal: abort.signal }).then(text, () => "given up");
  const answerLate = await thinking;
  abort.abort();
  equal("a call that was given up", await calling, "given up");
  person.thinksAbout = {};
  answerLate();
  equal("the next call", text(await call(client, "next")), "All of staging has next 1.2.3: Faster.");
  equal("effects of the call that was given up", installed("abandoned"), all("abandoned", ["alpha"]));
}

/** Makes the rounds by hand; `ask` makes a round, and gives all of its results. */
async function rounds(client, person, service, ask) {
  const one = (round) => call(client, service, { allowInputRequired: true }, round);
  let results = [await one({})];
  while (results.at(-1).resultType === "input_required") {
    const { inputRequests, requestState } = results.at(-1);
    const answered = Object.entries(inputRequests).map(([key, request]) => [key, person.asked(request)]);
    results = await ask(() => one({ inputResponses: Object.fromEntries(answered), requestState }));
  }
  return results.map(text);
}

async function twice(client, person, installed) {
  const results = await rounds(client, person, "twice", async (one) => [await one(), await one()]);
  equal("rounds that are made twice", results, Array(2).fill("All of staging has twice 1.2.3: Faster."));
  equal("effects of rounds that are made twice", installed("twice"), all("twice"));
}

async function atTheSameTime(client, person, installed) {
  const results = await rounds(client, person, "crowd", (one) => Promise.all(Array.from({ length: 10 }, one)));
  equal("rounds that are made at once", results, Array(10).fill("All of staging has crowd 1.2.3: Faster."));
  equal("effects of rounds that are made at once", installed("crowd"), all("crowd"));
}
