// The phone's half of premium, eligibility and illustration, one question at a time: for Node
// (tests/portal/products/twins.js) and for a browser (domain.js).

import { faults, planFaults } from "../../portal/static/js/domain/eligibility.js";
import { rows } from "../../portal/static/js/domain/illustration.js";
import * as premium from "../../portal/static/js/domain/premium.js";
import { FIELDS, WORDS, told } from "../../portal/static/js/domain/product-words.js";

/** @type {Record<string, (...args: any[]) => any>} */
const CALLS = {
  price(...args) {
    try {
      return premium.price(.../** @type {Parameters<typeof premium.price>} */ (args));
    } catch (error) {
      if (error instanceof premium.PriceError) return { error: [error.code, error.data] };
      throw error;
    }
  },
  priced: premium.priced,
  faults,
  plan_faults: planFaults,
  rows,
  years: premium.years,
  sum_of: premium.sumOf,
  without: premium.without,
  rounded: (over, under) => premium.share([over], under),
  told: (fault, lang) => told(fault, filled, lang),
  words: () => ({ words: WORDS, fields: FIELDS }),
  all,
};

/** @param {string} text @param {Record<string, string>} values */
const filled = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

/**
 * Everything there is to say about a plan at once.
 * @param {any} plan @param {any} catalogue @param {any} people @param {any} applicant @param {any} today
 */
function all(plan, catalogue, people, applicant, today) {
  const quotes = premium.priced(plan, catalogue, people, applicant, today);
  const asked = premium.caseOf(plan, catalogue, people, applicant);
  const drawn = asked.coverages.map((coverage) => {
    const product = asked.product(coverage);
    const values = product && catalogue.blobs[product.body.values];
    const quote = quotes.coverages[premium.idOf(coverage)];
    return rows(coverage, product, quote, values, asked.person(coverage), asked.start);
  });
  return { quotes, faults: planFaults(plan, catalogue, people, applicant, today), rows: drawn };
}

/** @param {string} call @param {any[]} args @returns {any} */
export const products = (call, args) => CALLS[call](...args) ?? null;
