// What changes while the server runs: subscriptions and lists of clients of both eras.

import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { setTimeout as sleep } from "node:timers/promises";
import { listening } from "../server.mjs";
import { at, equal } from "./checks.mjs";
import { connected } from "./connected.mjs";

const CLOCK = "torture://clocks/one", OTHER = "torture://clocks/two", UNWATCHED = "torture://files/none";
const UPDATED = `notifications/resources/updated ${CLOCK}`, CHANGED = "notifications/tools/list_changed";

export async function everything(server) {
  for (const [link, open] of Object.entries({ stdio, http })) {
    for (const [era, check] of Object.entries({ legacy, auto: modern })) {
      at(`${link} changes`, era);
      const { transport, stop } = await open(server);
      await check(transport, era);
      equal("exit code and complaints", await stop(), [0, []]);
    }
  }
  at("http changes", "auto");
  await ending(server);
}

function stdio(command) {
  const transport = new StdioClientTransport({ command, args: ["stdio"] });
  return { transport, stop: () => [0, []] };
}

async function http(command) {
  const { url, stop } = await listening(command, ["http", "0"], {});
  return { transport: new StreamableHTTPClientTransport(new URL(url)), stop };
}

async function legacy(transport, era) {
  const { client, received } = await connected(transport, era);
  const { tools, resources } = client.getServerCapabilities();
  equal("tools", tools, { listChanged: true });
  equal("resources", resources, { listChanged: true, subscribe: true });
  await client.subscribeResource({ uri: CLOCK });
  for (const [uri, code] of [["torture://nothing", -32002], [UNWATCHED, -32602]]) {
    equal(`subscribing to ${uri}`, await client.subscribeResource({ uri }).then(() => "accepted", () => "refused"), "refused");
    // The client translates it.
    equal(`why not to ${uri}`, received.findLast(({ error }) => error).error.code, code);
  }
  // The stream of the session is opened by the side, and what was missed is told then.
  for (let round = 1; round <= 3; round++) {
    await announce(client, CLOCK);
    equal("an update", await told(received, round * 2 - 1), UPDATED);
    await announce(client);
    equal("a list", await told(received, round * 2), CHANGED);
  }
  await announce(client, OTHER);
  await client.unsubscribeResource({ uri: CLOCK });
  await announce(client, CLOCK);
  await sleep(300);
  equal("what was told", notifications(received).length, 6);
  equal("listening in the legacy era", await client.listen({ toolsListChanged: true }).then(() => "accepted", () => "refused"), "refused");
  await client.close();
}

async function modern(transport, era) {
  const { client, received } = await connected(transport, era);
  const wanted = { resourcesListChanged: true, resourceSubscriptions: [CLOCK, UNWATCHED] };
  const tools = await client.listen({ toolsListChanged: true }), rest = await client.listen(wanted);
  equal("honored", tools.honoredFilter, { toolsListChanged: true });
  equal("honored too", rest.honoredFilter, { ...wanted, resourceSubscriptions: [CLOCK] });
  for (let round = 1; round <= 3; round++) {
    await announce(client, OTHER);
    await announce(client, CLOCK);
    equal("an update", await told(received, round * 2 - 1), UPDATED);
    await announce(client);
    equal("a list", await told(received, round * 2), CHANGED);
  }
  await rest.close();
  equal("who has closed", await rest.closed, "local");
  await announce(client, CLOCK);
  await announce(client);
  equal("after the other has left", await told(received, 7), CHANGED);
  await sleep(300);
  equal("what was told", notifications(received).length, 7);
  equal("what is not there", (await client.listen({ promptsListChanged: true })).honoredFilter, {});
  await client.close();
}

/** A server that is told to stop says so to those who listen. A pipe is closed by the client itself. */
async function ending(server) {
  const { transport, stop } = await http(server);
  const { client } = await connected(transport, "auto");
  const changes = await client.listen({ toolsListChanged: true });
  const stopped = stop();
  equal("the end of a server", await changes.closed, "graceful");
  equal("exit code and complaints", await stopped, [0, []]);
  await client.close();
}

/** The notifications of changes that have come. */
function notifications(received) {
  const changes = received.filter(({ method }) => method?.endsWith("changed") || method?.endsWith("updated"));
  return changes.map(({ method, params }) => (params?.uri ? `${method} ${params.uri}` : method));
}

/** The last of so many, if they come in time. */
async function told(received, count) {
  for (let waited = 0; waited < 5000 && notifications(received).length < count; waited += 10) await sleep(10);
  return notifications(received)[count - 1];
}

async function announce(client, uri) {
  const { content: [{ text }] } = await client.callTool({ name: "announce", arguments: uri ? { uri } : {} });
  equal("what a tool announces", text, "announced");
}
