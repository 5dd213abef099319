// How long plans take for a family of five with the demo catalogue, in milliseconds.

import { checks } from "../../portal/static/js/domain/checks.js";
import { closed } from "../../portal/static/js/domain/closing.js";
import { planFaults } from "../../portal/static/js/domain/eligibility.js";
import { plans } from "../../portal/static/js/domain/planner.js";
import { priced } from "../../portal/static/js/domain/premium.js";

/** @typedef {Record<string, any>} Facts */

/** @param {Facts} plan @param {Facts} given everything a page of a plan shows */
function shown(plan, { result, people, catalogue, settings, facts }) {
  const quotes = priced(plan, /** @type {any} */ (catalogue), people).coverages;
  planFaults(plan, /** @type {any} */ (catalogue), people);
  closed(plan, quotes, result, /** @type {any} */ (catalogue), people);
  checks(plan, { ...facts, catalogue, quotes }, settings);
}

/** @param {number} rounds @param {() => void} work */
const times = (rounds, work) =>
  [...Array(rounds)].map(() => {
    const before = performance.now();
    work();
    return performance.now() - before;
  });

Object.assign(globalThis, {
  planTimes: (/** @type {Facts} */ given, /** @type {number} */ rounds) => {
    const { result, people, catalogue, settings, policies } = given;
    const more = { settings, today: "2026-11-25", policies, sales_grade: 4 };
    const make = () => plans(result, people, /** @type {any} */ (catalogue), 2_600_000, "2026-11-26", more);
    const [first] = times(1, () => make().forEach((plan) => shown(plan, given)));
    const last = /** @type {Facts} */ (make().at(-1));
    let sum = 0;
    return {
      first,
      make: times(rounds, make),
      whole: times(rounds, () => make().forEach((plan) => shown(plan, given))),
      change: times(rounds, () => {
        const [cover, ...others] = [...last.coverages].reverse();
        sum += 1_000_000;
        shown({ ...last, coverages: [...others, { ...cover, sum_fen: 10_000_000 + sum }] }, given);
      }),
    };
  },
});
