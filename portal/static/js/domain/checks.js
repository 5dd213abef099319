// The checks before a plan is shared: R01–R36 as far as they apply then. Pure; fen, ISO dates. The server's twin, where
// the rules are explained, is portal/proposals/checks.py; what is said stands in check-words.js.

import { withoutBlanks } from "./blanks.js";
import { LINES, closed, deathFen, heldDeathFen, inForce, part, sum } from "./closing.js";
import { addDays, addMonths } from "./dates.js";
import { applicantOf, byId, relationTo } from "./people.js";
import { ageOn, years } from "./premium.js";

/**
 * @typedef {Record<string, any>} Facts
 * @typedef {{id: string, code: string, level: "red" | "amber" | "info", data: Facts, coverage?: string, member?: string}} Check
 * @typedef {ReturnType<typeof coverOf>} Cover
 */

const WHOLE = 10_000;
const ADDING = ["life", "ci", "accident", "disability"];

/**
 * @param {Facts} plan
 * @param {Facts} facts
 * @param {Facts} settings the body of a ruleset
 * @returns {Check[]} everything that is found, in the order of the rules
 */
export function checks(plan, facts, settings) {
  const found = [];
  const around = new Case(plan, facts, settings);
  for (const [id, look] of Object.entries(RULES)) {
    const rule = settings.rules[id];
    if (!rule || rule.from > facts.today) continue;
    for (const each of look(around, rule)) found.push({ id, ...each });
  }
  return /** @type {Check[]} */ (found);
}

/** @param {Check[]} found @param {Facts} answers @returns {Facts[]} as they are stored: each with the reason for its rule */
export const answered = (found, answers) =>
  found.map((check) => {
    const reason = reasonOf(check, answers);
    return { ...check, reason, answered_at: reason ? (answers[check.id].at ?? null) : null };
  });

/** @param {Check[]} found @param {Facts} answers @returns {Check[]} every red, and every amber without a reason */
export const blocking = (found, answers) =>
  found.filter((each) => each.level === "red" || (each.level === "amber" && !reasonOf(each, answers)));

/** @param {Check} check @param {Facts} answers @returns {string | null} */
function reasonOf({ id, level }, answers) {
  const given = (level === "amber" && answers[id]?.reason) || "";
  return withoutBlanks(given) ? given : null;
}

/** @param {Facts} coverage @param {Facts} body @param {Facts | null} person @param {Facts} [quote] @param {string} [start] */
function coverOf(coverage, body, person, quote, start) {
  const age = ageOn(person, start);
  return {
    coverage,
    body,
    person,
    age,
    name: { zh: body.zh.short, en: body.en.short },
    grade: Number(body.risk_grade.slice(1)),
    yearly: !quote || quote.errors ? 0 : quote.yearly_fen,
    single: coverage.pay === "single",
    years: years(coverage.term, age ?? 0) ?? 0,
    payYears: years(coverage.pay, age ?? 0) ?? 0,
    deathFen: deathFen(coverage, body, age ?? 0),
  };
}

class Case {
  /** @param {Facts} plan @param {Facts} facts @param {Facts} settings */
  constructor(plan, facts, settings) {
    this.plan = plan;
    this.facts = facts;
    this.settings = settings;
    this.today = facts.today;
    this.start = plan.start;
    /** @type {Facts[]} */
    this.people = facts.people;
    this.applicant = applicantOf(this.people, facts.applicant);
    /** @type {Facts[]} */
    this.held = facts.policies ?? [];
    this.policies = this.held.filter((each) => inForce(each, this.today));
    this.result = facts.result ?? null;
    this.customer = facts.customer ?? {};
    this.quotes = facts.quotes ?? {};
    const { products } = facts.catalogue;
    /** @type {Cover[]} */
    this.covers = plan.coverages
      .filter((/** @type {Facts} */ each) => products[each.product])
      .map((/** @type {Facts} */ each) =>
        coverOf(each, products[each.product].body, byId(this.people, each.insured), this.quotes[each.id], this.start),
      );
    this.insured = this.people.filter((each) => this.of(each).length);
  }

  /** @param {Cover} cover personal insurance for more than a year */
  isLong({ body, years }) {
    return this.settings.life_kinds.includes(body.kind) && years > 1;
  }

  /** @param {Cover} cover */
  isMinor({ age }) {
    return age !== null && age < this.settings.adult_age;
  }

  /** @param {Facts} person */
  of(person) {
    return this.covers.filter((cover) => cover.person === person);
  }

  /** The first cover of each product. */
  once() {
    const first = new Map([...this.covers].reverse().map((cover) => [cover.coverage.product, cover]));
    return [...first.values()].reverse();
  }

  /** @param {string} purpose the last word on it was a yes */
  consented(purpose) {
    const said = (this.facts.consents ?? []).filter((/** @type {Facts} */ each) => each.purpose === purpose);
    const at = (/** @type {Facts} */ each) => each.at ?? "";
    const last = said.reduce((/** @type {any} */ a, /** @type {Facts} */ b) => (a && at(a) > at(b) ? a : b), null);
    return Boolean(last?.given);
  }

  /** @param {Facts} person */
  relation(person) {
    return this.applicant ? relationTo(person, this.applicant) : null;
  }
}

/** @param {string} code @param {string} level @param {Facts} [data] */
const says = (code, level, data = {}) => ({ code, level, data });
/** @param {Cover} cover @param {string} code @param {string} level @param {Facts} [data] */
const covers = ({ name, coverage }, code, level, data) => ({
  ...says(code, level, { product: name, ...data }),
  coverage: coverage.id,
});
/** @param {Facts} person @param {string} code @param {string} level @param {Facts} [data] */
const of = ({ name, id }, code, level, data) => ({ ...says(code, level, { name, ...data }), member: id });

/** @param {number} a @param {number} b @param {number} c @param {number} d @returns {boolean} a·b > c·d */
const above = (a, b, c, d) => BigInt(a) * BigInt(b) > BigInt(c) * BigInt(d);

/** @param {Case} around @param {Facts} rule */
function premiums({ people, result, covers, policies }, rule) {
  const total = (/** @type {boolean} */ single) =>
    sum(covers.filter((each) => each.single === single).map((each) => each.yearly));
  return {
    income: result ? result.income_fen : sum(people.map((each) => each.income_fen)),
    yearly: total(false),
    single: total(true),
    held: rule.count_held ? sum(policies.map((each) => each.premium_fen || 0)) : 0,
  };
}

/** @param {Case} around @param {Facts} rule */
function isBeyond(around, rule) {
  const { income, yearly, single, held } = premiums(around, rule);
  if (yearly + single <= 0) return false;
  return (
    income <= 0 || above(yearly + held, WHOLE, income, rule.red_bp) || above(single, WHOLE, income, rule.single_bp)
  );
}

/** @param {Case} around @param {Facts} rule @returns {Facts[]} R05 of one's own cover and the plan's together */
function tooMuch({ plan, quotes, result, facts, people, policies, today }, rule) {
  const found = [];
  for (const row of result ? closed(plan, quotes, result, facts.catalogue, people) : []) {
    const person = byId(people, row.member);
    if (!person || !ADDING.includes(row.line) || row.by_plan_fen <= 0) continue;
    const waiting = policies.filter(
      (each) => each.insured === person.id && LINES[each.kind] === row.line && (each.waiting_until ?? "") > today,
    );
    const have = row.have_fen + sum(waiting.map((each) => each.sum_fen || 0));
    const [need, planned] = [Math.max(0, row.need_fen), row.by_plan_fen];
    const told = { line: row.line, need_fen: need, have_fen: have, by_plan_fen: planned };
    if (have >= need) found.push(of(person, "enough", "amber", told));
    else if (BigInt(have + planned) * 10_000n > BigInt(need) * BigInt(rule.over_bp) + BigInt(rule.over_fen) * 10_000n) {
      found.push(of(person, "over", "amber", told));
    }
  }
  return found;
}

/** @type {Record<string, (around: Case, rule: Facts) => Generator<Facts>>} */
const RULES = {
  *R01({ facts: { agent }, today }, rule) {
    const expires = agent.registration_expires;
    if (!agent.registration) yield says("missing", "red");
    else if (agent.registration_status !== rule.status) yield says("status", "red");
    else if (expires && expires < today) yield says("expired", "red", { on: expires });
  },

  *R02(around, rule) {
    const most = rule.grades[around.facts.agent.sales_grade || 1] ?? 0;
    for (const cover of around.covers) {
      if (cover.grade > most) yield covers(cover, "grade", "red", { grade: cover.body.risk_grade });
    }
  },

  *R03(around, { months }) {
    if (!around.covers.some((cover) => around.isLong(cover))) return;
    const { analysis } = around.facts;
    if (!analysis?.completed_at || !around.result) yield says("missing", "red");
    else if (addMonths(analysis.made_on, months) < around.today)
      yield says("old", "red", { on: analysis.made_on, months });
  },

  *R04(around, rule) {
    const { income, yearly, single, held } = premiums(around, rule);
    if (yearly + single > 0 && income <= 0) yield says("income", "red", { yearly_fen: yearly + single });
    else if (yearly > 0) {
      const paid = yearly + held;
      const told = { ratio_bp: part(paid, WHOLE, income), yearly_fen: yearly, held_fen: held, income_fen: income };
      if (above(paid, WHOLE, income, rule.red_bp)) yield says("high", "red", { ...told, limit_bp: rule.red_bp });
      else if (!above(income, rule.amber_bp, paid, WHOLE))
        yield says("ratio", "amber", { ...told, limit_bp: rule.amber_bp });
    }
    if (income > 0 && above(single, WHOLE, income, rule.single_bp)) {
      yield says("single", "red", {
        single_fen: single,
        income_fen: income,
        times: Math.floor(rule.single_bp / WHOLE),
      });
    }
    const budget = around.result?.budget_fen ?? 0;
    if (budget > 0 && !above(budget, rule.budget_bp, yearly, WHOLE)) {
      yield says("budget", "amber", { yearly_fen: yearly, budget_fen: budget });
    }
    const payer = ageOn(around.applicant, around.start);
    for (const cover of around.covers) {
      const end = (payer ?? 0) + cover.payYears;
      const limit = rule.pay_ages.filter((/** @type {number} */ age) => payer !== null && end > age).at(-1);
      if (limit && !cover.single && cover.payYears > 1) yield covers(cover, "pay_end", "amber", { age: end, limit });
    }
  },

  *R05(around, rule) {
    const means = around.settings.rules.R04;
    if (means && isBeyond(around, means)) yield says("unpayable", "amber");
    yield* tooMuch(around, rule);
    const repays = (/** @type {string} */ kind) => rule.medical_kinds.includes(kind);
    for (const person of around.insured) {
      const held = around.policies.filter(
        (each) => each.insured === person.id && repays(each.kind) && !each.allowance,
      ).length;
      const planned = around.of(person).filter(({ body }) => repays(body.kind)).length;
      if (planned && held + planned > 1) yield of(person, "medical_twice", "amber", { held, planned });
    }
  },

  *R06(around, { age: from, grade, hours }) {
    const age = ageOn(around.applicant, around.today);
    if (!around.applicant || age === null || age < from) return;
    const risky = around.covers.filter((each) => each.grade >= grade || each.body.design !== "ordinary");
    for (const cover of risky) yield covers(cover, "risky", "amber", { age, hours });
    if (around.covers.length && !risky.length) yield of(around.applicant, "senior", "info", { age, hours });
  },

  *R07({ covers: all, customer, today }, { designs, grade: from, months, levels }) {
    const test = customer.risk_test;
    for (const cover of all) {
      if (!designs.includes(cover.body.design) && cover.grade < from) continue;
      if (!test) yield covers(cover, "missing", "red");
      else if (addMonths(test.made_on, months) < today) yield covers(cover, "old", "red", { on: test.made_on, months });
      else if ((levels[test.level] ?? 0) < cover.grade) {
        yield covers(cover, "level", "red", { grade: cover.body.risk_grade, tested: test.level });
      }
    }
  },

  *R08(around, { interest }) {
    for (const person of around.insured) {
      const relation = around.relation(person);
      if (relation === null) yield of(person, "none", "red");
      else if (!interest.includes(relation)) {
        const alone = relation === "other" && around.of(person).some((cover) => around.isMinor(cover));
        yield of(person, alone ? "minor" : "consent", alone ? "red" : "amber", { relation });
      }
    }
  },

  *R09(around, { caps }) {
    for (const person of around.insured) {
      const age = ageOn(person, around.start);
      const [, cap] = caps.find((/** @type {number[]} */ [below]) => age !== null && age < below) ?? [0, null];
      const planned = sum(around.of(person).map((cover) => cover.deathFen));
      const held = heldDeathFen(around.policies, person.id, around.today);
      if (cap !== null && planned > 0 && held + planned > cap) {
        yield of(person, "cap", "red", { cap_fen: cap, held_fen: held, planned_fen: planned });
      }
    }
  },

  *R10(around) {
    for (const person of around.insured) {
      const own = around.of(person);
      const planned = sum(own.map((cover) => cover.deathFen));
      const minor = own.some((cover) => around.isMinor(cover));
      if (planned > 0 && !minor && around.relation(person) !== "self") {
        yield of(person, "consent", "info", { sum_fen: planned });
      }
    }
  },

  *R11(around, { consent }) {
    for (const person of around.insured) {
      const dies = around.of(person).some((cover) => cover.deathFen > 0 && around.isMinor(cover));
      const parent = ["child", "self"].includes(around.relation(person) ?? "");
      if (dies && !parent && !around.consented(consent)) yield of(person, "parents", "red");
    }
  },

  *R12(around, { lines }) {
    if (around.covers.some(({ body }) => lines.includes(body.line))) yield says("health", "info");
  },

  *R15(around) {
    for (const cover of around.covers) if (cover.coverage.preset) yield covers(cover, "preset", "red");
  },

  *R16(around) {
    for (const cover of around.once()) {
      const days = cover.body.cooling_off_days;
      if (around.isLong(cover) && days) yield covers(cover, "days", "info", { days });
    }
  },

  *R17(around) {
    for (const cover of around.covers) {
      const days = cover.body.waiting_days || 0;
      if (!days || !cover.person) continue;
      const until = addDays(around.start, days - 1);
      yield covers(cover, "days", "info", { name: cover.person.name, days, until });
    }
  },

  *R19(around, { age: from, designs, places }) {
    const age = ageOn(around.applicant, around.today);
    const place = around.customer.city ?? "";
    if (around.covers.some(({ body }) => designs.includes(body.design))) yield says("linked", "info");
    else if (around.covers.some((cover) => around.isLong(cover))) {
      if (age !== null && age >= from) yield says("age", "info", { age });
      else if (places.some((/** @type {string} */ each) => place.includes(each)))
        yield says("place", "info", { place });
    }
  },

  *R21(around, { designs }) {
    for (const cover of around.once()) {
      if (designs.includes(cover.body.design)) yield covers(cover, "sentence", "info");
    }
  },

  *R22(around, { designs, demo_rate_bp: limit_bp }) {
    for (const cover of around.once()) {
      if (!designs.includes(cover.body.design)) continue;
      const rate_bp = cover.body.illustration?.demo_rate_bp || 0;
      if (rate_bp > limit_bp) yield covers(cover, "cap", "red", { rate_bp, limit_bp });
      yield covers(cover, "uncertain", "info");
    }
  },

  *R23({ facts }, { words, clean }) {
    const bare = [facts.free_text ?? ""].flat().map((/** @type {string} */ text) => {
      let left = withoutBlanks(text);
      for (const phrase of clean) left = left.replaceAll(phrase, "\n");
      return left;
    });
    for (const word of words) if (bare.join("\n").includes(word)) yield says("word", "red", { word });
  },

  *R25(around, { months }) {
    const recent = (/** @type {string} */ day) => !day || addMonths(day, months) >= around.today;
    for (const person of around.insured) {
      for (const line of new Set(around.of(person).map(({ body }) => body.line))) {
        const alike = around.held.filter((each) => line && each.insured === person.id && LINES[each.kind] === line);
        if (alike.some((each) => each.surrender && recent(each.ended_on)))
          yield of(person, "replaces", "amber", { line });
        else if (alike.some((each) => inForce(each, around.today) && !each.group))
          yield of(person, "keep", "info", { line });
      }
    }
  },

  *R26(around, { consent }) {
    if (around.facts.analysis?.sensitive && !around.consented(consent)) yield says("consent", "red");
  },

  *R27(around, { age: below, consent }) {
    for (const person of around.people) {
      const age = ageOn(person, around.today);
      if (age !== null && age < below && !around.consented(consent))
        yield of(person, "guardian", "red", { age: below });
    }
  },

  *R30({ covers: all, customer, today }, { transfer_fen: limit_fen, long }) {
    const total_fen = Math.max(0, ...all.map((cover) => cover.yearly * Math.max(1, cover.payYears)));
    const on = customer.id_expiry ?? "";
    const expired = Boolean(on) && on !== long && on < today;
    if (total_fen < limit_fen) {
      if (expired) yield says("expiring", "info", { on });
    } else if (expired) yield says("expired", "red", { on });
    else if (!customer.has_id || !on) yield says("papers", "amber", { total_fen, limit_fen });
  },

  *R34({ customer, facts }) {
    const { name, mobile } = customer;
    const same = (/** @type {Facts} */ each) => Boolean(name && mobile && each.name === name && each.mobile === mobile);
    const seen = same(facts.agent) ? "agent" : (facts.colleagues ?? []).some(same) ? "colleague" : "";
    const whose = customer.own_policy || seen;
    if (whose) yield says(whose, "info");
  },
};
