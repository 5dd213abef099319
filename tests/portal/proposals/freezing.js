// The phone's half of freezing for test_snapshot.py: one draft a line, its frozen text and digest a line.

import { createInterface } from "node:readline";
import { digest, frozen, planOf, rows } from "../../../portal/static/js/domain/snapshot.js";

/** @type {any} */
let catalogue = null;
for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line);
  if (given.tell) {
    catalogue = given.tell;
    process.stdout.write("{}\n");
  } else {
    process.stdout.write(`${JSON.stringify(answer({ ...given, catalogue }))}\n`);
  }
}

/** @param {any} given */
function answer(given) {
  try {
    const text = frozen(given);
    const said = JSON.parse(text);
    const years = Object.values(said.illustration).map((/** @type {any} */ columns) => rows(columns).at(-1) ?? null);
    return { text, sha256: digest(text), plan: planOf(said), years };
  } catch (/** @type {any} */ error) {
    if (error.name !== "NotPriced") throw error;
    return { faults: error.faults };
  }
}
