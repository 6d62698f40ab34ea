// What the weather example answers: `weather.json`, with the files of the example put in where it names them.

import { readFileSync } from "node:fs";

export const EXPECTED = JSON.parse(readFileSync(new URL("weather.json", import.meta.url)));

for (const read of EXPECTED.reads) read.contents = read.contents.map(withFile);

function withFile({ textOf, blobOf, ...content }) {
  if (textOf) return { ...content, text: file(textOf).toString() };
  if (blobOf) return { ...content, blob: file(blobOf).toString("base64") };
  return content;
}

function file(name) {
  return readFileSync(new URL(`../../examples/weather/${name}`, import.meta.url));
}
