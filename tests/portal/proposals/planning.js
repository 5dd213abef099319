// The phone's half of the plans for planning.py: one question a line, one answer a line. The catalogue and the ruleset are
// told once; a question names them by null.

import { createInterface } from "node:readline";
import { answered, blocking, checks } from "../../../portal/static/js/domain/checks.js";
import { LINES, WORDS } from "../../../portal/static/js/domain/check-words.js";
import { closed } from "../../../portal/static/js/domain/closing.js";
import { isSensitive, persons, policies, relationTo } from "../../../portal/static/js/domain/people.js";
import { plans } from "../../../portal/static/js/domain/planner.js";

/** @type {any} */
const told = { catalogue: { products: {}, blobs: {} }, settings: {} };

/** @type {Record<string, (...given: any[]) => any>} */
const CALLS = {
  tell: (given) => Boolean(Object.assign(told, given)),
  persons,
  policies,
  is_sensitive: isSensitive,
  relation_to: relationTo,
  closed: (plan, quotes, result, people) => closed(plan, quotes, result, told.catalogue, people),
  plans: (result, people, budget, start, more) =>
    plans(result, people, told.catalogue, budget, start, { settings: told.settings, ...more }),
  checks: (plan, facts, settings) => checks(plan, { catalogue: told.catalogue, ...facts }, settings ?? told.settings),
  answered,
  blocking,
  words: () => ({ words: WORDS, lines: LINES }),
  milliseconds: (times, ...given) => {
    const began = performance.now();
    for (let time = 0; time < times; time++) CALLS.plans(...given);
    return Math.round((1000 * (performance.now() - began)) / times);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [call, given] = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(CALLS[call](...given) ?? null)}\n`);
}
