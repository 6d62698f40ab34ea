// Counts what held, and shows the first part in which something differs.

import { isDeepStrictEqual } from "node:util";
import { narrowed } from "../weather.mjs";

const passed = new Map();
let where = "", failed = 0;

/** The transport and the era of what follows. */
export function at(transport, era) {
  where = `${transport} ${era}`;
}

export function equal(name, value, wanted) {
  if (isDeepStrictEqual(value, wanted)) return void passed.set(where, (passed.get(where) ?? 0) + 1);
  failed++;
  const { what, found, expected } = narrowed(name, value, wanted);
  console.error(`typescript, ${where}: ${what}\n  expected ${show(expected)}\n  found    ${show(found)}`);
}

export function finish() {
  const all = [...passed.values()].reduce((sum, count) => sum + count, 0);
  if (failed || !all) throw new Error(`typescript: ${failed} of ${all + failed} checks failed`);
  console.log(`typescript: ${all} checks passed: ${[...passed].map((pair) => pair.join(" ")).join(", ")}`);
}

export function show(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? "undefined";
  return text.length <= 2000 ? text : `${text.slice(0, 2000)}…`;
}
