// The pure rules in a real browser: the same vectors that Python and Node keep (tests/portal/customers/test_twins.py).

import birthdays from "../vectors/birthdays.json";
import canonical from "../vectors/canonical.json";
import dates from "../vectors/dates.json";
import idcard from "../vectors/idcard.json";
import kernel from "../vectors/kernel.json";
import lunar from "../vectors/lunar.json";
import money from "../vectors/money.json";
import phones from "../vectors/phones.json";
import policyDates from "../vectors/policy_dates.json";
import premium from "../vectors/premium.json";
import rules from "../vectors/rules.json";
import search from "../vectors/search.json";
import * as birthdaysOf from "../../portal/static/js/domain/birthdays.js";
import * as canonicalOf from "../../portal/static/js/domain/canonical.js";
import * as datesOf from "../../portal/static/js/domain/dates.js";
import * as idcardOf from "../../portal/static/js/domain/idcard.js";
import * as lunarOf from "../../portal/static/js/domain/lunar.js";
import * as moneyOf from "../../portal/static/js/domain/money.js";
import * as phonesOf from "../../portal/static/js/domain/phones.js";
import * as pinyinOf from "../../portal/static/js/domain/pinyin.js";
import * as policyOf from "../../portal/static/js/domain/policy.js";
import * as rulesOf from "../../portal/static/js/domain/rules.js";
import * as searchOf from "../../portal/static/js/domain/search.js";
import { sha256 } from "../../portal/static/js/domain/sha256.js";
import { arithmetic } from "./arithmetic.js";
import { check, equal, refuses } from "./checks.js";
import { products } from "./products.js";

/** @type {Record<string, any>} */
const MODULES = {
  birthdays: birthdaysOf,
  dates: datesOf,
  idcard: idcardOf,
  lunar: lunarOf,
  money: moneyOf,
  phones: phonesOf,
  pinyin: pinyinOf,
  policy: policyOf,
  rules: rulesOf,
  search: searchOf,
};

/**
 * @param {string} call
 * @param {any[]} args
 */
function answer(call, args) {
  const [module, name] = call.split(".");
  if (call === "rules.rowFaults") args = [...args.slice(0, 3), lookupOf(args[3])];
  return MODULES[module][name](...args) ?? null;
}

/** @param {any} given */
function lookupOf({ today, rows }) {
  return {
    today,
    get: (/** @type {string} */ kind, /** @type {string} */ id) =>
      (rows[kind] ?? []).find((/** @type {any} */ row) => row.id === id),
    children: (/** @type {string} */ kind, /** @type {string} */ id) =>
      (rows[kind] ?? []).filter((/** @type {any} */ row) => row.customer_id === id),
  };
}

check("the rules keep their shared vectors", () => {
  const all = [birthdays, dates, idcard, lunar, money, phones, policyDates, rules, search].flat();
  for (const [call, args, result] of all) equal(answer(call, args), result, `${call} ${JSON.stringify(args)}`);
});

check("canonical JSON and digests keep their shared vectors", async () => {
  const bytes = new TextEncoder();
  const hex = (/** @type {Uint8Array} */ sum) => Array.from(sum, (one) => one.toString(16).padStart(2, "0")).join("");
  for (const { name, value, canonical: text, sha256: sum } of canonical.canonical) {
    equal(canonicalOf.canonical(value), text, name);
    equal(hex(sha256(bytes.encode(text))), sum, name);
  }
  for (const { json } of canonical.refused)
    await refuses(async () => canonicalOf.canonical(JSON.parse(json)), "NotCanonical");
  for (const { name, rows, digest } of canonical.digests) {
    const sums = rows.map(([kind, row]) => canonicalOf.rowDigest(/** @type {any} */ (kind), /** @type {any} */ (row)));
    equal(sums.reduce(canonicalOf.xor, canonicalOf.NONE), digest, name);
  }
});

check("the own SHA-256 is the browser's, for every length around its blocks", async () => {
  for (let length = 0; length < 200; length++) {
    const bytes = crypto.getRandomValues(new Uint8Array(length));
    equal([...sha256(bytes)], [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))], `${length} bytes`);
  }
});

check("a name is cut where it is to be highlighted", () => {
  equal(searchOf.marked("林雪梅", [[0, 2]]), [
    { text: "林雪", hit: true },
    { text: "梅", hit: false },
  ]);
  equal(searchOf.marked("𠮷田", [[1, 2]]), [
    { text: "𠮷", hit: false },
    { text: "田", hit: true },
  ]);
  equal(searchOf.marked("林雪梅", []), [{ text: "林雪梅", hit: false }]);
});

check("the needs arithmetic keeps its vectors", () => {
  for (const [call, given, result] of /** @type {[string, any, any][]} */ (kernel)) {
    equal(arithmetic(call, given), result, `${call} ${JSON.stringify(given)}`);
  }
});

check("premiums, faults and illustrations keep their vectors", () => {
  const { start, catalogue, people, cases } = /** @type {any} */ (premium);
  for (const { name, plan, applicant = null, today = null, result } of cases) {
    const asked = { mode: "year", start, ...plan };
    equal(products("all", [asked, catalogue, people, applicant, today]), result, name);
  }
});
