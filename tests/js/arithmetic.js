// The phone's half of the needs arithmetic, one question at a time: for Node (tests/portal/needs/twins.js) and for a browser.

import { CelError, compile } from "../../portal/static/js/domain/cel.js";
import { analyse } from "../../portal/static/js/domain/gap.js";
import * as kernel from "../../portal/static/js/domain/kernel.js";
import * as questions from "../../portal/static/js/domain/questions.js";

/**
 * @param {string} call
 * @param {any} given
 * @returns {any} `{error: [code, field]}` for what the kernel refuses
 */
export function arithmetic(call, given) {
  try {
    return answer(call, given);
  } catch (error) {
    if (error instanceof kernel.KernelError) return { error: [error.code, error.field] };
    throw error;
  }
}

/**
 * @param {string} call
 * @param {any} given
 */
function answer(call, given) {
  if (call === "gap") return analyse(.../** @type {[any, any, any, any, any]} */ (given));
  if (call === "screens") {
    const [questionnaire, answers, values, today, quick] = given;
    return questions.screens(questionnaire, answers, values, today, { quick }).map((screen) => screen.key);
  }
  if (call === "faults") return questions.faults(.../** @type {[any, any, any, any, any]} */ (given));
  if (call === "warning") return questions.warning(.../** @type {[any, any, any]} */ (given));
  if (call === "cel") return cel(given.text, given.scope);
  return /** @type {any} */ (kernel)[call](given);
}

/**
 * @param {string} text
 * @param {any} scope
 */
function cel(text, scope) {
  try {
    return plain(compile(text, {})(big(scope)));
  } catch (error) {
    if (error instanceof CelError) return { fault: true };
    throw error;
  }
}

/** @param {any} thing @returns {any} */
function big(thing) {
  if (typeof thing === "number") return BigInt(thing);
  if (Array.isArray(thing)) return thing.map(big);
  if (thing === null || typeof thing !== "object") return thing;
  return Object.fromEntries(Object.entries(thing).map(([key, each]) => [key, big(each)]));
}

/** @param {any} thing @returns {any} */
function plain(thing) {
  if (typeof thing === "bigint") return { int: String(thing) };
  return Array.isArray(thing) ? thing.map(plain) : thing;
}
