// A gap model (data: CEL over the kernel) applied to the facts of a household. The server's twin is portal/needs/gap.py.

import { compile } from "./cel.js";
import { household, valuesOf } from "./household.js";
import * as kernel from "./kernel.js";

/**
 * @typedef {Record<string, any>} Facts
 * @typedef {{m: any, h: any, c: any, a: any}} Scope
 */

const WHOLE = 10_000;
const MOST_FEN = BigInt(Number.MAX_SAFE_INTEGER);

/** An expression of a model that does not give what it should. */
export class ModelError extends Error {
  /**
   * @param {string} where
   * @param {string} message
   */
  constructor(where, message) {
    super(`${where}: ${message}`);
    this.name = "ModelError";
    this.where = where;
  }
}

/**
 * The result of an analysis: every line of every member with its parts and their inputs, the score, what was assumed.
 * @param {Record<string, any>} answers
 * @param {any} model
 * @param {any} assumptions
 * @param {string} today
 * @param {Record<string, number>} [moved] assumptions that the customer has moved
 * @returns {Facts}
 */
export function analyse(answers, model, assumptions, today, moved = {}) {
  const values = valuesOf(assumptions, moved);
  const result = once(at(answers, "middle"), model, values, today);
  if (Object.values(answers).some(isBand)) {
    const ends = ["low", "high"].map((end) => new Map(namedLines(once(at(answers, end), model, values, today))));
    for (const [key, line] of namedLines(result)) {
      line.range_fen = ends.map((lines) => lines.get(key)?.gap_fen ?? 0).sort((a, b) => a - b);
    }
  }
  return result;
}

/**
 * The answers with every band at its low, middle or high.
 * @param {Record<string, any>} answers
 * @param {string} end
 */
export function at(answers, end) {
  return Object.fromEntries(
    Object.entries(answers).map(([key, value]) => [key, isBand(value) ? point(value, end) : value]),
  );
}

/** @param {any} value */
export const isBand = (value) =>
  value !== null && typeof value === "object" && "low_fen" in value && "high_fen" in value;

/**
 * @param {{low_fen: number, high_fen: number}} band
 * @param {string} end
 */
function point({ low_fen: low, high_fen: high }, end) {
  return end === "low" ? low : end === "high" ? high : Math.floor((low + high) / 2);
}

/**
 * @param {Facts} result
 * @returns {[string, Facts][]}
 */
export function namedLines(result) {
  return [
    ...result.members.flatMap((/** @type {Facts} */ member) =>
      member.lines.map((/** @type {Facts} */ line) => [`${member.id}.${line.id}`, line]),
    ),
    ...result.lines.map((/** @type {Facts} */ line) => [line.id, line]),
  ];
}

/**
 * @param {Record<string, any>} answers
 * @param {any} model
 * @param {Facts} values
 * @param {string} today
 * @returns {Facts}
 */
function once(answers, model, values, today) {
  const facts = household(answers, values, today);
  const home = facts.household;
  const shared = { h: big(home), c: big(facts.children), a: big(values) };
  const members = facts.members.map((/** @type {Facts} */ member) => {
    const scope = { ...shared, m: big(member) };
    return { id: member.id, lines: linesOf(model, "member", scope), ranges: rangesOf(model, scope) };
  });
  const lines = linesOf(model, "household", { ...shared, m: {} });
  const everything = [...members.flatMap((/** @type {Facts} */ member) => member.lines), ...lines];
  const usual = kernel.part_of({ amount_fen: home.income_fen, bp: values.budget_bp, parts: 1 });
  return {
    members,
    lines,
    score: score(model, everything),
    income_fen: home.income_fen,
    budget_fen: home.budget_fen || usual,
    assumed: facts.assumed,
    notes: facts.notes,
  };
}

/**
 * @param {any} model
 * @param {string} of
 * @param {Scope} scope
 */
function linesOf(model, of, scope) {
  /** @type {Facts[]} */
  const found = [];
  for (const line of model.lines) {
    if (line.of !== of || !truth(line.when, scope, `${line.id}.when`)) continue;
    const parts = line.parts.map((/** @type {any} */ part) => partOf(part, scope, line.id));
    const [need, have] = [total(parts, "need"), total(parts, "have")];
    const flags = (line.flags ?? []).filter((/** @type {any} */ flag) =>
      truth(flag.when, scope, `${line.id}.flags.${flag.code}`),
    );
    found.push({
      id: line.id,
      need_fen: held(need, line.id),
      have_fen: held(have, line.id),
      gap_fen: held(need - have, line.id),
      ratio_bp: ratio(need, have),
      parts,
      flags: flags.map((/** @type {any} */ flag) => flag.code),
    });
  }
  return found;
}

/**
 * @param {any} part
 * @param {Scope} scope
 * @param {string} line
 */
function partOf(part, scope, line) {
  /** @type {Facts} */
  const inputs = {};
  for (const [key, each] of Object.entries(part.inputs ?? {})) {
    const values = Object.entries(each).map(([what, text]) => [what, number(text, scope, `${line}.${part.id}.${key}`)]);
    inputs[key] = Object.fromEntries(values);
  }
  return { id: part.id, side: part.side, fen: number(part.fen, scope, `${line}.${part.id}.fen`), inputs };
}

/**
 * @param {any} model
 * @param {Scope} scope
 */
function rangesOf(model, scope) {
  return model.ranges
    .filter((/** @type {any} */ each) => truth(each.when, scope, `${each.id}.when`))
    .map((/** @type {any} */ each) => ({
      id: each.id,
      line: each.line,
      fen: number(each.fen, scope, `${each.id}.fen`),
    }));
}

/**
 * @param {Facts[]} parts
 * @param {string} side
 */
function total(parts, side) {
  return parts.reduce((sum, part) => (part.side === side ? sum + BigInt(part.fen) : sum), 0n);
}

/**
 * How much of the need is there, basis points, rounded down.
 * @param {bigint} need
 * @param {bigint} have
 */
function ratio(need, have) {
  if (need <= 0n) return WHOLE;
  const found = have < 0n ? 0n : (have * 10_000n) / need;
  return Number(found > 10_000n ? 10_000n : found);
}

/**
 * @param {any} model
 * @param {Facts[]} lines
 */
function score(model, lines) {
  const weights = new Map(model.lines.map((/** @type {any} */ line) => [line.id, line.weight]));
  const whole = lines.reduce((sum, line) => sum + weights.get(line.id), 0) * WHOLE;
  if (!whole) return 100;
  const covered = lines.reduce((sum, line) => sum + weights.get(line.id) * line.ratio_bp, 0) * 100;
  return Math.floor((2 * covered + whole) / (2 * whole));
}

/** @type {Map<string, (scope: any) => any>} */
const programs = new Map();

/**
 * @param {string} text
 * @param {Scope} scope
 * @param {string} where
 */
function value(text, scope, where) {
  try {
    let program = programs.get(text);
    if (!program) programs.set(text, (program = compile(text, FUNCTIONS)));
    return program(scope);
  } catch (error) {
    if (error instanceof kernel.KernelError) throw error;
    throw new ModelError(where, /** @type {Error} */ (error).message);
  }
}

/**
 * @param {string} text
 * @param {Scope} scope
 * @param {string} where
 */
function truth(text, scope, where) {
  const found = value(text, scope, where);
  if (typeof found !== "boolean") throw new ModelError(where, "is not true or false");
  return found;
}

/**
 * @param {string} text
 * @param {Scope} scope
 * @param {string} where
 */
function number(text, scope, where) {
  const found = value(text, scope, where);
  if (typeof found !== "bigint") throw new ModelError(where, "is not a whole number");
  return held(found, where);
}

/**
 * @param {bigint} found
 * @param {string} where
 */
function held(found, where) {
  if (found > MOST_FEN || found < -MOST_FEN) throw new kernel.KernelError("too_large", where);
  return Number(found);
}

/**
 * @param {any} thing
 * @returns {any} the same with every number as a BigInt
 */
function big(thing) {
  if (typeof thing === "number") return BigInt(thing);
  if (Array.isArray(thing)) return thing.map(big);
  if (thing === null || typeof thing !== "object") return thing;
  return Object.fromEntries(Object.entries(thing).map(([key, each]) => [key, big(each)]));
}

/**
 * @param {any} thing
 * @returns {any} back to numbers, for the kernel
 */
function small(thing) {
  if (typeof thing === "bigint") {
    if (thing > MOST_FEN || thing < -MOST_FEN) throw new kernel.KernelError("too_large", "amount_fen");
    return Number(thing);
  }
  if (Array.isArray(thing)) return thing.map(small);
  if (thing === null || typeof thing !== "object") return thing;
  return Object.fromEntries(Object.entries(thing).map(([key, each]) => [key, small(each)]));
}

/**
 * A function of the kernel for CEL: numbers in and out are BigInt.
 * @param {(...values: any[]) => number} called
 */
const whole =
  (called) =>
  (/** @type {any[]} */ ...values) =>
    BigInt(called(...values.map(small)));

/** @type {Record<string, (...values: any[]) => any>} */
const FUNCTIONS = {
  sum_fen: (/** @type {bigint[]} */ amounts) => amounts.reduce((sum, amount) => sum + amount, 0n),
  max0: (/** @type {bigint} */ amount) => (amount > 0n ? amount : 0n),
  max: (/** @type {bigint} */ a, /** @type {bigint} */ b) => (a > b ? a : b),
  part: whole((amount_fen, bp) => kernel.part_of({ amount_fen, bp, parts: 1 })),
  part_of: whole((amount_fen, bp, parts) => kernel.part_of({ amount_fen, bp, parts })),
  shares: whole((loans) =>
    kernel.shares_fen({
      amounts_fen: loans.map((/** @type {any} */ loan) => loan.balance_fen),
      shares_bp: loans.map((/** @type {any} */ loan) => loan.share_bp),
    }),
  ),
  annuity: whole((pmt_fen, n, rate_bp, growth_bp) =>
    kernel.pv_annuity({ pmt_fen, n, rate_bp, timing: "begin", growth_bp }),
  ),
  living: whole((...given) => kernel.survivor_living(given)),
  supports: whole((parents, rate_bp, growth_bp) =>
    parents.reduce((/** @type {number} */ sum, /** @type {any} */ each) => {
      const pmt_fen = kernel.part_of({ amount_fen: each.yearly_fen, bp: each.share_bp, parts: 1 });
      return sum + kernel.pv_annuity({ pmt_fen, n: each.years, rate_bp, timing: "begin", growth_bp });
    }, 0),
  ),
  education: whole((stages, fee_growth_bp, rate_bp) => kernel.education({ stages, fee_growth_bp, rate_bp }).need_fen),
  retire_today: whole((...given) => kernel.retirement_today(given)),
  human_life_value: whole(
    (income_fen, years, rate_bp, g_income_bp, own_ratio_bp, g_cost_bp) =>
      kernel.hlv({
        income_fen,
        years,
        rate_bp,
        timing_income: "end",
        timing_cost: "begin",
        own_ratio_bp,
        g_income_bp,
        g_cost_bp,
      }).need_fen,
  ),
};
