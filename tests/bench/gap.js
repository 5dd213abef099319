// How long the gap of a family of five takes, in milliseconds.

import assumptions from "../../portal/needs/definitions/assumptions-cn-2026.1.json";
import model from "../../portal/needs/definitions/gap-model-household-1.json";
import { analyse } from "../../portal/static/js/domain/gap.js";

Object.assign(globalThis, {
  gapTimes: (/** @type {Record<string, any>} */ answers, /** @type {number} */ rounds) =>
    [...Array(rounds)].map((_, round) => {
      const before = performance.now();
      analyse(answers, model.body, assumptions.body, "2026-11-25", { cpi_bp: 200 + round });
      return performance.now() - before;
    }),
});
