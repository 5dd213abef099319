// A finished analysis, worked out anew with what is assumed right now; and its words.

import { definitionsOf, resultOf } from "./inquiry.js";
import * as say from "./say.js";

/**
 * @typedef {import("./router.js").Context} Context
 * @typedef {import("../store/index.js").Row} Row
 * @typedef {Record<string, any>} Facts
 * @typedef {{row: Row, definitions: any, moved: Record<string, number>, result: Facts}} Report
 */

const MOVABLE = ["rates", "whole_numbers", "amounts"];

/**
 * @param {Context} context
 * @param {Record<string, number>} [wished] assumptions as the fingers have them right now
 * @returns {Promise<Report | null>}
 */
export async function reportOf(context, wished = {}) {
  const row = await context.store.get("analysis", context.params.id);
  if (!row?.completed_at) return null;
  const definitions = await definitionsOf(context, /** @type {any} */ (row));
  if (!definitions) return null;
  const moved = { ...row.moved, ...wished };
  return { row, definitions, moved, result: resultOf(row.answers, definitions, row.made_on, moved) };
}

/** @param {Report} report @param {string} id */
export function personOf({ row }, id) {
  return (row.answers.H02 ?? []).find((/** @type {any} */ one) => one.id === id);
}

/** @param {Report} report @param {string} id */
export const nameOf = (report, id) => personOf(report, id)?.name ?? "";

/** @param {Report} report @param {string} id */
export const lineOf = ({ definitions }, id) =>
  definitions.model.lines.find((/** @type {any} */ line) => line.id === id);

/** @param {any} definitions @returns {{name: string, spec: any}[]} */
export function movable({ assumptions }) {
  return MOVABLE.flatMap((group) => Object.entries(assumptions[group]).map(([name, spec]) => ({ name, spec })));
}

/** @param {Context} context @param {string} name @param {number} value */
export function shown(context, name, value) {
  if (name.endsWith("_bp")) return `${(value / 100).toFixed(2).replace(/0$/, "")}%`;
  return name.endsWith("_fen") ? say.amount(context, value) : String(value);
}

/**
 * The report on paper is made by the server, from what the server has.
 * @param {Context} context
 * @param {Row} row
 */
export async function paperOf({ _, lang, status, store }, row) {
  const has_pdf = Boolean(row.checked_at) && (await store.isSent("analysis", row.id));
  const text = status.offline ? _("As soon as there is a network.") : "";
  return {
    has_pdf,
    pdf_href: `/reports/${row.id}.pdf?lang=${lang}`,
    pdf_text: has_pdf ? text : _("A PDF can be made as soon as this analysis has been sent."),
  };
}
