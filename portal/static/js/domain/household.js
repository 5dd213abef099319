// Who lives in a household and what follows from the answers, as facts the gap model computes with. The server's twin
// is portal/needs/household.py, where the shapes are explained.

import { age as ageOn } from "./dates.js";
import { part_of } from "./kernel.js";

/** @typedef {Record<string, any>} Facts */

const WHOLE = 10_000;
const WORKING = ["employed", "self", "civil"];
const DEATH_COVER = ["term", "whole_life", "increasing_whole_life", "endowment"];
const MILLION_MEDICAL_FEN = 100_000_000;
/** Under this age a guardian has to agree (G03). */
export const GUARDED_AGE = 14;
const ACCOUNTS = ["housing_fund_fen", "pension_fen", "annuity_fen"];

/**
 * @param {Record<string, any>} answers
 * @param {Facts} values numbers of the assumption set
 * @param {string} today
 * @returns {Facts}
 */
export function household(answers, values, today) {
  return new Household(answers, values, today).facts();
}

/**
 * The numbers of an assumption set by name, with those the customer has moved (within their limits).
 * @param {any} assumptions
 * @param {Record<string, number>} [moved]
 * @returns {Facts}
 */
export function valuesOf(assumptions, moved = {}) {
  /** @type {Facts} */
  const found = { ...assumptions.fixed };
  for (const group of ["rates", "whole_numbers", "amounts"]) {
    for (const [name, each] of Object.entries(assumptions[group])) {
      found[name] = Math.min(Math.max(moved[name] ?? each.value, each.min), each.max);
    }
  }
  return found;
}

class Household {
  /**
   * @param {Record<string, any>} answers
   * @param {Facts} values
   * @param {string} today
   */
  constructor(answers, values, today) {
    this.answers = answers;
    this.a = values;
    this.today = today;
    /** @type {string[]} */
    this.assumed = [];
    /** @type {Facts[]} */
    this.notes = [];
    /** @type {Facts[]} */
    this.supported = [];
  }

  facts() {
    const { listed, withheld } = this.listed();
    const people = listed.map((/** @type {any} */ each) => this.person(each));
    const couple = people.filter((/** @type {Facts} */ each) => ["self", "spouse"].includes(each.relation));
    const children = people
      .filter((/** @type {Facts} */ each) => each.relation === "child")
      .map((/** @type {Facts} */ each) => this.child(each));
    const loans = this.loans(couple);
    const covers = this.covers(withheld);
    this.supported = this.answer("P01", null, []);
    const home = { ...this.home(people, couple, children), withheld: withheld.length };
    const earners = couple.filter((/** @type {Facts} */ each) => each.role === "earner");
    const around = { couple, earners, loans, covers, home };
    const none = { stages: [], saved_fen: 0, studies: false };
    const members = people.map((/** @type {Facts} */ each) => ({ ...each, ...this.ofMember(each, around) }));
    for (const member of members) {
      member.education = children.find((/** @type {Facts} */ child) => child.id === member.id) ?? none;
    }
    return { household: home, members, children, assumed: this.assumed.sort(), notes: this.notes };
  }

  /** Who counts, and the ids of children whose guardian did not agree: nothing about those is used. */
  listed() {
    /** @type {any[]} */
    const listed = this.answers.H02 ?? [];
    const guarded = (/** @type {any} */ each) => !each.unborn && this.age(each) >= 0 && this.age(each) < GUARDED_AGE;
    const agreed = [undefined, null, true].includes(this.answers.G03); // left open at the end it is answered: not sure
    /** @type {string[]} */
    const withheld = agreed ? [] : listed.filter(guarded).map(({ id }) => id);
    if (withheld.length) this.notes.push({ code: "children_withheld" });
    return { listed: listed.filter(({ id }) => !withheld.includes(id)), withheld };
  }

  /** @param {any} raw @returns {number} */
  age(raw) {
    return raw.birth_date ? ageOn(raw.birth_date, this.today) : (raw.age ?? 0);
  }

  /**
   * @param {string} question
   * @param {string | null} member
   * @param {any} usual
   */
  answer(question, member, usual) {
    const key = member ? `${question}:${member}` : question;
    const value = this.answers[key] ?? null;
    if (value === null || value.unknown) {
      this.assumed.push(key);
      return usual;
    }
    return value;
  }

  // People

  /** @param {any} raw */
  person(raw) {
    const unborn = Boolean(raw.unborn);
    const age = unborn ? 0 : this.age(raw);
    /** @type {Facts} */
    const person = {
      id: raw.id,
      relation: raw.relation,
      name: raw.name || "",
      gender: raw.gender || "",
      age,
      unborn,
      disabled: Boolean(raw.disabled),
    };
    person.income_fen = this.income(person);
    const status = this.status(person);
    person.status = status;
    person.retire_age = this.retireAge(person, status);
    person.role = this.role(person, status);
    person.working_years = person.role === "earner" ? Math.max(0, person.retire_age - age) : 0;
    return person;
  }

  /** @param {Facts} person */
  income(person) {
    if (person.age < this.a.child_age) return 0;
    return this.answer("M04", person.id, 0);
  }

  /** @param {Facts} person */
  status(person) {
    if (person.age < this.a.child_age) return "child";
    return this.answer("M01", person.id, this.usualStatus(person));
  }

  /** @param {Facts} person */
  usualStatus(person) {
    if (person.age >= this.usualRetirement(person)) return "retired";
    if (person.relation === "child" && person.age < this.a.independent_age) return "student";
    if (person.income_fen) return "employed";
    return ["self", "spouse"].includes(person.relation) ? "home" : "none";
  }

  /** @param {Facts} person */
  usualRetirement(person) {
    const ages = this.a.retire_age;
    if (person.gender === "male") return ages.male;
    return this.occupation(person.id) >= 3 ? ages.female_blue : ages.female;
  }

  /** @param {string} member */
  occupation(member) {
    const value = this.answers[`M02:${member}`];
    return typeof value === "number" ? value : 1;
  }

  /**
   * @param {Facts} person
   * @param {string} status
   */
  retireAge(person, status) {
    const usual = this.usualRetirement(person);
    return WORKING.includes(status) ? this.answer("M06", person.id, usual) : usual;
  }

  /**
   * @param {Facts} person
   * @param {string} status
   */
  role(person, status) {
    if (person.age < this.a.adult_age) return "child";
    if (status === "student" || status === "retired") return status;
    if (WORKING.includes(status)) return "earner";
    return status === "home" ? "homemaker" : "other";
  }

  /** @param {Facts} person */
  child(person) {
    const studies = person.age < this.a.independent_age || person.status === "student";
    const goal = studies ? this.answer("C01", person.id, "bachelor") : "none";
    const saved = studies ? this.answer("C02", person.id, 0) : 0;
    const stages = (this.a.education_goals[goal] ?? [])
      .map((/** @type {string} */ name) => ({ name, ...this.a.education[name] }))
      .filter((/** @type {Facts} */ each) => each.age + each.years > person.age)
      .map((/** @type {Facts} */ each) => ({
        name: each.name,
        start: each.age - person.age,
        years: each.years,
        fee_fen: each.fee_fen,
      }));
    const until = person.disabled ? this.a.horizon_age : this.a.independent_age;
    return {
      id: person.id,
      age: person.age,
      dependent_years: Math.max(0, until - person.age),
      care_years: Math.max(0, this.a.care_until_age - person.age),
      stages,
      saved_fen: saved,
      studies,
    };
  }

  // Money

  /** @param {Facts[]} couple */
  loans(couple) {
    const loans = [];
    for (const loan of [...this.answer("F03", null, []), ...this.answer("F04", null, [])]) {
      if (loan.insured) this.notes.push({ code: "loan_insured", fen: loan.balance_fen });
      else loans.push({ balance_fen: loan.balance_fen, share_bp: this.shares(loan, couple) });
    }
    return loans;
  }

  /**
   * @param {any} loan
   * @param {Facts[]} couple
   * @returns {Record<string, number>}
   */
  shares(loan, couple) {
    if (loan.owner) return { [loan.owner]: WHOLE };
    if (loan.shares && Object.keys(loan.shares).length) {
      return Object.fromEntries(Object.entries(loan.shares).map(([member, percent]) => [member, percent * 100]));
    }
    const income = couple.reduce((sum, each) => sum + each.income_fen, 0);
    if (!income || couple.length < 2) return couple.length ? { [couple[0].id]: WHOLE } : {};
    const part = Number((BigInt(couple[0].income_fen) * 10_000n) / BigInt(income));
    return { [couple[0].id]: part, [couple[1].id]: WHOLE - part };
  }

  /** @param {string[]} withheld */
  covers(withheld) {
    const covers = [];
    for (const policy of this.answer("E01", null, [])) {
      if (withheld.includes(policy.insured)) continue;
      const note = { policy: policy.id ?? "", member: policy.insured };
      const why = this.notInForce(policy);
      if (why) this.notes.push({ code: why, ...note });
      if (why) continue;
      if (policy.group) this.notes.push({ code: "group_cover", ...note });
      const { sum_fen, rate_bp: bp } = policy;
      covers.push({ ...policy, sum_fen: bp ? part_of({ amount_fen: sum_fen || 0, bp, parts: 1 }) : sum_fen || 0 });
    }
    return covers;
  }

  /** @param {any} policy */
  notInForce(policy) {
    if (policy.lapsed) return "policy_lapsed";
    if (policy.expiry && policy.expiry < this.today) return "policy_expired";
    if (policy.waiting_until && policy.waiting_until > this.today) return "policy_waiting";
    return null;
  }

  /**
   * @param {Facts[]} people
   * @param {Facts[]} couple
   * @param {Facts[]} children
   */
  home(people, couple, children) {
    const spending = this.answer("F01", null, 0);
    const size = Math.min(4, Math.max(1, people.filter((each) => !each.unborn).length));
    const left = couple.length > 1 ? this.answer("F02", null, null) : null;
    const own = this.a.own_share_bp[String(size)];
    const ratio = left === null ? WHOLE - own : left * 100;
    const second = this.answer("F07", null, {});
    const accounts = this.answer("F09", null, {});
    const house = this.answer("A01", null, {});
    return {
      adults: couple.length,
      spending_fen: spending * 12,
      monthly_fen: spending,
      left_bp: ratio,
      own_share_bp: left === null ? own : WHOLE - ratio,
      cash_fen: this.answer("F05", null, 0),
      funds_fen: this.answer("F06", null, 0),
      second_home_fen: second.would_sell ? (second.value_fen ?? 0) : 0,
      heritable_fen: ACCOUNTS.reduce((sum, name) => sum + (accounts[name] ?? 0), 0),
      emergency_months: this.answer("F08", null, this.months(couple)),
      income_fen: people.reduce((sum, each) => sum + each.income_fen, 0),
      child_years: Math.max(0, ...children.map((each) => each.dependent_years)),
      care_years: Math.max(0, ...children.map((each) => each.care_years)),
      tier1: this.a.tier1_cities.includes(this.answer("H01", null, "")),
      owned: house.tenure === "owned",
      area_m2: house.area_m2 ?? 0,
      contents_fen: house.contents_fen ?? 0,
      home_cover_fen: house.cover_fen ?? 0,
      cars: this.answer("V01", null, []).map((/** @type {any} */ each) => ({
        third_party_fen: each.third_party_fen ?? 0,
      })),
      budget_fen: this.answer("S01", null, {}).budget_fen ?? 0,
    };
  }

  /** @param {Facts[]} couple */
  months(couple) {
    const by = this.a.emergency_months_by;
    if (!couple.length) return this.a.emergency_months;
    if (couple[0].status === "self") return by.self;
    const steady = this.answers[`M05:${couple[0].id}`];
    return typeof steady === "string" ? (by[steady] ?? this.a.emergency_months) : this.a.emergency_months;
  }

  /**
   * @param {Facts} each
   * @param {{couple: Facts[], earners: Facts[], loans: Facts[], covers: Facts[], home: Facts}} around
   * @returns {Facts}
   */
  ofMember(each, { couple, earners, loans, covers, home }) {
    const inCouple = couple.includes(each);
    const partner = inCouple ? (couple.find((other) => other !== each) ?? null) : null;
    const own = covers.filter((cover) => cover.insured === each.id);
    const medical = own.filter((cover) => cover.kind === "medical");
    if (medical.filter((cover) => !cover.allowance).length > 1) {
      this.notes.push({ code: "medical_twice", member: each.id });
    }
    const sumOf = (/** @type {string[]} */ ...kinds) =>
      own.reduce((sum, cover) => (kinds.includes(cover.kind) ? sum + cover.sum_fen : sum), 0);
    const lowest = Math.min(...couple.map((other) => other.income_fen));
    const carer = each.role === "child" ? (couple.length ? lowest : 0) : (partner?.income_fen ?? 0);
    const usual = each.role === "earner" ? ["employee_medical", "pension"] : ["resident_medical"];
    const insurance = this.answer("M03", each.id, usual);
    const sick = ["employed", "civil"].includes(each.status) ? this.answer("D01", each.id, {}) : {};
    const saves = inCouple && each.role !== "retired";
    const pension = saves ? this.pension(each) : 0;
    return {
      in_couple: inCouple,
      sole_earner: earners.length === 1 && earners[0].id === each.id,
      partner: partner !== null,
      partner_income_fen: partner?.role === "earner" ? partner.income_fen : 0,
      partner_years: partner?.working_years ?? 0,
      partner_pension_fen: partner ? this.partnerPension(partner) : 0,
      carer_income_fen: carer,
      loans: loans
        .filter((loan) => loan.share_bp[each.id])
        .map((loan) => ({ balance_fen: loan.balance_fen, share_bp: loan.share_bp[each.id] })),
      parents: inCouple ? this.parents(each) : [],
      death_fen: sumOf(...DEATH_COVER),
      ci_fen: sumOf("ci"),
      accident_fen: sumOf("accident"),
      disability_fen: sumOf("disability"),
      medical_fen: Math.max(0, ...medical.map((cover) => cover.sum_fen)),
      medical_guaranteed: medical.some((cover) => cover.guaranteed),
      million_medical: medical.some((cover) => cover.sum_fen >= MILLION_MEDICAL_FEN),
      social: insurance.some((/** @type {string} */ name) => name.endsWith("medical")),
      pension_scheme: insurance.includes("pension"),
      sick_months: sick.months ?? 0,
      sick_bp: (sick.percent ?? 0) * 100,
      pension_fen: pension,
      retire_spend_bp: saves ? this.answer("T01", each.id, Math.floor(this.a.retire_spend_bp / 100)) * 100 : 0,
      retire_saved_fen: saves ? this.answer("T03", each.id, 0) : 0,
      horizon_years: Math.max(this.a.least_horizon_years, home.child_years),
    };
  }

  /** @param {Facts} each */
  pension(each) {
    const monthly = this.answer("T02", each.id, null);
    if (monthly !== null) return monthly * 12;
    return part_of({ amount_fen: each.income_fen, bp: this.a.pension_ratio_bp, parts: 1 });
  }

  /** @param {Facts} partner */
  partnerPension(partner) {
    if (partner.role === "retired") return partner.income_fen;
    const stated = this.answers[`T02:${partner.id}`];
    if (typeof stated === "number") return stated * 12;
    return partner.role === "earner" ? null : 0;
  }

  /** @param {Facts} each */
  parents(each) {
    return this.supported
      .filter((/** @type {any} */ parent) => (parent.owner ? parent.owner === each.id : each.relation === "self"))
      .map((/** @type {any} */ parent) => ({
        yearly_fen: parent.yearly_fen,
        share_bp: parent.share * 100,
        years: Math.max(0, this.a.parent_age - parent.age),
      }));
  }
}
