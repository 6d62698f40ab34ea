// What the weather example answers: `weather.json`, with the files of the example put in where it names them.

import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";

export const EXPECTED = JSON.parse(readFileSync(new URL("weather.json", import.meta.url)));

/** Before 2026-07-28 an output schema has to say `object` itself, also where all of its alternatives do. */
export function toolsOf(era) {
  if (era !== "legacy") return EXPECTED.tools;
  return EXPECTED.tools.map(({ outputSchema, ...tool }) =>
    outputSchema ? { ...tool, outputSchema: { ...outputSchema, type: "object" } } : tool);
}

/** The first part in which two values differ, and where it is. */
export function narrowed(what, found, expected) {
  const isSimple = [found, expected].some((value) => value === null || typeof value !== "object");
  const keys = (value) => Object.keys(value).sort();
  if (isSimple || !isDeepStrictEqual(keys(found), keys(expected))) return { what, found, expected };
  const key = Object.keys(found).find((key) => !isDeepStrictEqual(found[key], expected[key]));
  return narrowed(`${what}[${key}]`, found[key], expected[key]);
}

for (const read of EXPECTED.reads) read.contents = read.contents.map(withFile);

function withFile({ textOf, blobOf, ...content }) {
  if (textOf) return { ...content, text: file(textOf).toString() };
  if (blobOf) return { ...content, blob: file(blobOf).toString("base64") };
  return content;
}

function file(name) {
  return readFileSync(new URL(`../../examples/weather/${name}`, import.meta.url));
}
