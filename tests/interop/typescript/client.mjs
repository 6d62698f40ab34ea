// Drives the examples with the official client, over every transport and in both of its eras.

import { connected } from "./connected.mjs";
import { at, finish } from "./checks.mjs";
import * as changes from "./changes.mjs";
import * as deploy from "./deploy.mjs";
import { LINKS } from "./links.mjs";
import * as torture from "./torture.mjs";
import * as weather from "./weather.mjs";

const ERAS = { legacy: "2025-11-25", auto: "2026-07-28" };

async function main(server, tortureServer, deployServer) {
  for (const [link, open] of Object.entries(LINKS)) {
    for (const [era, revision] of Object.entries(ERAS)) {
      at(link, era);
      const { transport, judge } = await open(server, era);
      const { client, received } = await connected(transport, era);
      await weather.everything(client, received, era, revision);
      await judge(client);
    }
  }
  await torture.everything(tortureServer, Object.keys(ERAS));
  await deploy.everything(deployServer, Object.keys(ERAS));
  await changes.everything(tortureServer);
  finish();
}

await main(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
