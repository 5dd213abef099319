// Plans made from a gap: what to buy first, of which product, for how much. Pure; fen. The server's twin, where the
// rules are explained, is portal/proposals/planner.py.

import { closed, closes, deathFen, heldDeathFen, inForce, part, sum } from "./closing.js";
import { faults } from "./eligibility.js";
import { applicantOf } from "./people.js";
import { PriceError, ageOn, newCoverage, price, years } from "./premium.js";

/**
 * @typedef {Record<string, any>} Facts
 * @typedef {import("./closing.js").Catalogue} Catalogue
 * @typedef {{key: string, product: Facts, coverage: Facts, quote: Facts, closes: number}} Offer
 */

const WHOLE = 10_000n;
const CHOSEN = ["sum", "plan"];
/** @type {Record<string, number>} */
const INSTALMENTS = { single: 1, year: 1, half: 2, quarter: 4, month: 12 };
const PLAN_IDS = "abcdefgh";

/**
 * Up to three plans of which no year costs more than the budget; none where nothing can be proposed.
 * @param {Facts} result
 * @param {Facts[]} people
 * @param {Catalogue} catalogue
 * @param {number} budget_fen
 * @param {string} start
 * @param {{settings: Facts, today?: string, applicant?: string | null, mode?: string, policies?: Facts[],
 *   sales_grade?: number}} more settings: the body of the ruleset; policies: held cover of all insurers
 * @returns {Facts[]}
 */
export function plans(result, people, catalogue, budget_fen, start, more) {
  const walk = new Walk(result, people, catalogue, budget_fen, start, more);
  /** @type {Facts[]} */
  const found = [];
  for (const [name, steps] of more.settings.planner.plans) {
    walk.take(steps);
    const before = found.at(-1)?.coverages.length ?? 0;
    if (walk.coverages.length > before) found.push(walk.plan(PLAN_IDS[found.length], name));
  }
  return found;
}

/** @param {any[]} a @param {any[]} b numbers and booleans, place by place */
const inOrder = (a, b) => {
  const place = a.findIndex((each, index) => each !== b[index]);
  return place < 0 ? 0 : a[place] < b[place] ? -1 : 1;
};

/** @template T @param {T[]} list @param {(each: T) => any[]} key @returns {T[]} */
const sorted = (list, key) => [...list].sort((a, b) => inOrder(key(a), key(b)));

/** @param {number} a @param {number} b above zero */
const up = (a, b) => Math.ceil(a / b);

/** @param {Facts} quote @returns {number} what a year's instalments come to; of a single premium all of it */
const paidAYear = ({ modal_fen, mode }) => modal_fen * INSTALMENTS[mode];

/** @param {Facts} result @param {number} budget @param {Facts[]} policies @param {string} today @param {Facts} [rule] */
function affordable({ income_fen: income }, budget, policies, today, rule) {
  if (!rule || income <= 0) return budget;
  const held = rule.count_held ? policies.filter((each) => inForce(each, today)) : [];
  return Math.min(budget, part(income, rule.red_bp, 10_000) - sum(held.map((each) => each.premium_fen || 0)));
}

class Walk {
  /**
   * @param {Facts} result
   * @param {Facts[]} people
   * @param {Catalogue} catalogue
   * @param {number} budget
   * @param {string} start
   * @param {Facts} more
   */
  constructor(result, people, catalogue, budget, start, { settings, today, applicant, mode, policies, sales_grade }) {
    this.result = result;
    this.everybody = people;
    this.catalogue = catalogue;
    this.left = Math.max(0, affordable(result, budget, policies ?? [], today ?? start, settings.rules.R04));
    this.start = start;
    this.today = today ?? start;
    this.settings = settings;
    this.rules = settings.planner;
    this.applicant = applicantOf(people, applicant);
    this.mode = mode ?? "year";
    this.policies = policies ?? [];
    this.grade = settings.rules.R02.grades[sales_grade ?? 1] ?? 0;
    /** @type {Facts[]} */
    this.coverages = [];
    /** @type {Facts} */
    this.quotes = {};
    this.tried = new Set();
    /** @type {Map<string, Facts>} */
    this.lines = new Map();
    for (const member of result.members)
      for (const line of member.lines) this.lines.set(`${member.id}|${line.id}`, line);
    const living = people.filter((each) => ageOn(each, start) !== null && !each.unborn);
    this.people = sorted(living, (each) => [
      this.age(each) < settings.adult_age,
      each.role !== "earner",
      -each.income_fen,
    ]);
    this.earners = this.people.filter((each) => each.role === "earner");
    this.onSale = this.newest();
  }

  /** @param {Facts} person */
  age(person) {
    return ageOn(person, this.start) ?? 0;
  }

  // Products

  /** @returns {[string, Facts][]} */
  newest() {
    const { products } = this.catalogue;
    /** @type {Record<string, string>} */
    const newest = {};
    for (const key of Object.keys(products).sort()) {
      const { code, version, from_date: from, to_date: to } = products[key];
      const sold = from <= this.today && (!to || this.today <= to);
      if (sold && (!newest[code] || products[newest[code]].version < version)) newest[code] = key;
    }
    return Object.keys(newest)
      .sort()
      .map((code) => /** @type {[string, Facts]} */ ([newest[code], products[newest[code]]]))
      .filter(([, { body }]) => {
        const proposed = body.role === "main" && CHOSEN.includes(body.chooses);
        return (
          proposed && !this.rules.not_designs.includes(body.design) && Number(body.risk_grade.slice(1)) <= this.grade
        );
      });
  }

  // Steps

  /** @param {string[][]} steps */
  take(steps) {
    for (const [line, who] of steps) {
      const group = who === "all" ? this.people : who === "main" ? this.earners.slice(0, 1) : this.earners;
      for (const person of group) {
        const key = `${person.id}|${line}`;
        if (!this.tried.has(key)) this.cover(person, line, this.lines.get(key));
        this.tried.add(key);
      }
    }
  }

  /** @param {Facts} person @param {string} line @param {Facts} [gap] */
  cover(person, line, gap) {
    if (!gap || gap.gap_fen <= 0 || (line === "medical" && gap.have_fen > 0)) return;
    /** @type {Offer[]} */
    const offers = [];
    for (const [key, product] of this.onSale) {
      const offer = this.offer(person, gap, key, product);
      if (offer) offers.push(offer);
    }
    const least = BigInt(Math.max(0, ...offers.map((each) => each.closes))) * BigInt(this.rules.adequate_bp);
    const adequate = offers.filter((each) => BigInt(each.closes) * WHOLE >= least);
    for (const offer of sorted(adequate, (each) => [part(paidAYear(each.quote), 10 ** 9, each.closes), each.key])) {
      const bought = this.withinBudget(person, offer);
      if (bought) {
        this.coverages.push(bought[0]);
        this.quotes[bought[0].id] = bought[1];
        this.left -= paidAYear(bought[1]);
        return;
      }
    }
  }

  /**
   * @param {Facts} person
   * @param {Facts} gap
   * @param {string} key
   * @param {Facts} product
   * @returns {Offer | null}
   */
  offer(person, gap, key, product) {
    const { body } = product;
    const most = this.rules.not_over_age[body.kind];
    if (body.line !== gap.id || (most !== undefined && this.age(person) > most)) return null;
    for (const term of this.terms(person, gap, body)) {
      for (const sized of this.sizes(person, gap, this.blank(person, key, term), product)) {
        const best = this.paid(person, sized, product);
        const amount = best ? closes(best[0], body, person, this.start) : 0;
        if (best && amount > 0 && this.isWorthIt(person, best[0], best[1], amount, gap.id))
          return { key, product, coverage: best[0], quote: best[1], closes: amount };
      }
    }
    return null;
  }

  /** @param {Facts} person @param {Facts} coverage @param {Facts} quote @param {number} amount @param {string} line */
  isWorthIt(person, coverage, quote, amount, line) {
    const most = this.rules.most_paid_bp[line];
    const paid = paidAYear(quote) * (years(coverage.pay, this.age(person)) || 1);
    return most === undefined || BigInt(paid) * WHOLE <= BigInt(amount) * BigInt(most);
  }

  /** @param {Facts} person @param {string} product @param {string} term @returns {Facts} */
  blank(person, product, term) {
    return newCoverage(`c${this.coverages.length + 1}`, product, person.id, { term });
  }

  // Terms and how long to pay

  /** @param {Facts} person @param {Facts} gap @param {Facts} body @returns {string[]} */
  terms(person, gap, body) {
    const age = this.age(person);
    const stated = gap.parts.filter((/** @type {Facts} */ each) => each.id === "living");
    const needed = Math.max(
      this.rules.least_years[gap.id] ?? 1,
      (this.rules.until_age[gap.id] ?? 0) - age,
      ...stated.map((/** @type {Facts} */ each) => each.inputs.years?.int ?? 0),
    );
    const lasting = sorted(
      body.terms
        .map((/** @type {string} */ term) => ({ term, length: years(term, age) ?? 0 }))
        .filter((/** @type {Facts} */ each) => each.length > 0),
      (each) => [each.length],
    );
    const short = lasting.filter((each) => each.length < needed).reverse();
    return [...lasting.filter((each) => each.length >= needed), ...short].map((each) => each.term);
  }

  /** @param {Facts} person @param {Facts} coverage @param {Facts} product @returns {[Facts, Facts] | null} */
  paid(person, coverage, product) {
    const { pays } = product.body;
    const payer = this.applicant ? this.age(this.applicant) : 0;
    const ways = [];
    for (const pay of pays) {
      const length = years(pay, this.age(person)) ?? 0;
      const tried = { ...coverage, pay };
      const quote = this.quote(person, tried, product.body);
      if (!quote || length <= 0) continue;
      const late = length > 1 && payer + length > this.rules.pay_age;
      const rushed = length > 1 && length < this.rules.least_pay_years;
      const lump = pay === "single" && pays.length > 1;
      ways.push({ key: [lump, rushed, late, late ? length : 0, paidAYear(quote), length], tried, quote });
    }
    for (const { tried, quote } of sorted(ways, (each) => each.key)) {
      if (!this.refused(person, tried, product)) return [tried, quote];
    }
    return null;
  }

  /** @param {Facts} person @param {Facts} coverage @param {Facts} body @returns {Facts | null} */
  quote(person, coverage, body) {
    const rates = this.catalogue.blobs[body.price.rates] ?? null;
    try {
      return price(coverage, body, rates, person, this.applicant, this.start, 0, this.mode);
    } catch (error) {
      if (error instanceof PriceError) return null;
      throw error;
    }
  }

  /** @param {Facts} person @param {Facts} coverage @param {Facts} product */
  refused(person, coverage, product) {
    const plan = { start: this.start, mode: this.mode, coverages: [...this.coverages, coverage] };
    const found = faults(coverage, product, person, this.applicant, this.start, plan, this.catalogue, this.today);
    return found.some((/** @type {Facts} */ fault) => fault.level === "red");
  }

  // How much

  /** @param {Facts} person @param {Facts} gap @param {Facts} blank @param {Facts} product @returns {Facts[]} */
  sizes(person, gap, blank, { body }) {
    if (body.chooses === "plan") {
      const all = (body.price.plans ?? []).map((/** @type {Facts} */ each) => ({ ...blank, plan: each.code }));
      const fitting = all.filter((/** @type {Facts} */ each) => this.fits(person, each, body));
      return sorted(fitting, (each) => {
        const amount = closes(each, body, person, this.start);
        return [Math.max(0, gap.gap_fen - amount), amount];
      });
    }
    const { step_fen: step, min_fen: least } = body.limits;
    const each = closes({ ...blank, sum_fen: step }, body, person, this.start);
    const wanted = each ? Number((BigInt(gap.gap_fen) * BigInt(step) + BigInt(each) - 1n) / BigInt(each)) : 0;
    const sum_fen = Math.min(up(wanted, step), Math.floor(this.most(person, blank, body) / step)) * step;
    return sum_fen >= least ? [{ ...blank, sum_fen }] : [];
  }

  /** @param {Facts} person @param {Facts} blank @param {Facts} body */
  most(person, blank, body) {
    const { limits } = body;
    const [age, step] = [this.age(person), limits.step_fen];
    const found = [limits.max_fen];
    if ((limits.child_max_fen ?? null) !== null && age < this.settings.adult_age) found.push(limits.child_max_fen);
    if (limits.no_exam?.length) {
      const upTo = limits.no_exam.find((/** @type {any} */ [until]) => until === null || age <= until);
      found.push((upTo?.[1] ?? 0) - this.counted(person, limits.group));
    }
    if (limits.income_multiple && person.income_fen > 0) {
      found.push(limits.income_multiple * person.income_fen - this.counted(person, limits.group));
    }
    const dies = deathFen({ ...blank, sum_fen: step }, body, age);
    const cap = this.cap(age);
    if (cap !== null && dies) found.push(part(Math.max(0, cap - this.deathFen(person)), step, dies));
    return Math.max(0, Math.min(...found));
  }

  /** @param {Facts} person */
  own(person) {
    return this.coverages
      .filter((each) => each.insured === person.id)
      .map((coverage) => ({ coverage, body: this.catalogue.products[coverage.product].body }));
  }

  /** @param {Facts} person @param {string | null} [group] */
  counted(person, group) {
    if (!group) return 0;
    const alike = this.own(person).filter(({ body }) => body.limits.group === group);
    return sum(alike.map(({ coverage }) => coverage.sum_fen ?? 0));
  }

  /** @param {Facts} person @param {Facts} coverage @param {Facts} body */
  fits(person, coverage, body) {
    const cap = this.cap(this.age(person));
    return cap === null || this.deathFen(person) + deathFen(coverage, body, this.age(person)) <= cap;
  }

  /** @param {number} age @returns {number | null} R09 */
  cap(age) {
    return this.settings.rules.R09.caps.find((/** @type {number[]} */ [below]) => age < below)?.[1] ?? null;
  }

  /** @param {Facts} person */
  deathFen(person) {
    const planned = this.own(person).map(({ coverage, body }) => deathFen(coverage, body, this.age(person)));
    return heldDeathFen(this.policies, person.id, this.today) + sum(planned);
  }

  // The money left

  /** @param {Facts} person @param {Offer} offer @returns {[Facts, Facts] | null} */
  withinBudget(person, { coverage, quote, product }) {
    if (paidAYear(quote) <= this.left) return [coverage, quote];
    const { body } = product;
    if (body.chooses === "plan") return this.cheaperPlan(person, coverage, product);
    const { step_fen: step, min_fen: least } = body.limits;
    let sum_fen = Math.floor(part(coverage.sum_fen, this.left, paidAYear(quote)) / step) * step;
    for (; sum_fen >= Math.max(least, 1); sum_fen -= step) {
      const smaller = { ...coverage, sum_fen };
      const found = this.quote(person, smaller, body);
      if (found && paidAYear(found) <= this.left)
        return this.refused(person, smaller, product) ? null : [smaller, found];
    }
    return null;
  }

  /** @param {Facts} person @param {Facts} coverage @param {Facts} product @returns {[Facts, Facts] | null} */
  cheaperPlan(person, coverage, product) {
    const { body } = product;
    for (const each of sorted(body.price.plans ?? [], (/** @type {Facts} */ one) => [-one.sum_fen, one.fen])) {
      const smaller = { ...coverage, plan: each.code };
      const found = this.quote(person, smaller, body);
      if (!found || paidAYear(found) > this.left) continue;
      if (this.fits(person, smaller, body) && !this.refused(person, smaller, product)) return [smaller, found];
    }
    return null;
  }

  // The plan

  /** @param {string} id @param {string} name @returns {Facts} */
  plan(id, name) {
    const plan = { id, name, mode: this.mode, start: this.start, coverages: [...this.coverages] };
    const bare = this.result.members.filter((/** @type {Facts} */ member) =>
      member.lines.some((/** @type {Facts} */ line) => line.flags.includes("no_social")),
    );
    const social = bare.map((/** @type {Facts} */ member) => ({ member: member.id, line: "social", fen: 0 }));
    return { ...plan, uncovered: [...social, ...this.open(plan)] };
  }

  /** @param {Facts} plan */
  open(plan) {
    const order = this.rules.plans.flatMap((/** @type {any} */ [, steps]) =>
      steps.map((/** @type {string[]} */ [line]) => line),
    );
    const place = (/** @type {string} */ line) => (order.includes(line) ? order.indexOf(line) : order.length);
    const rows = closed(plan, this.quotes, this.result, this.catalogue, this.everybody);
    return sorted(rows, (row) => [place(row.line)])
      .filter((row) => row.after_fen > 0)
      .map(({ member, line, after_fen }) => ({ member, line, fen: after_fen }));
  }
}
