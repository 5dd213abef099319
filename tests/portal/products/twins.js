// The phone's half of the products' arithmetic for twins.py: one question a line, one answer a line. What is sent as
// `{"$": name}` was sent before under that name: the catalogue travels once.

import { createInterface } from "node:readline";
import { products } from "../../js/products.js";

/** @type {Record<string, any>} */
const kept = {};

for await (const line of createInterface({ input: process.stdin })) {
  const [call, given] = JSON.parse(line);
  if (call === "keep") Object.assign(kept, given);
  const args = call === "keep" ? [] : given.map((/** @type {any} */ one) => (one?.$ ? kept[one.$] : one));
  process.stdout.write(`${JSON.stringify(call === "keep" ? null : products(call, args))}\n`);
}
