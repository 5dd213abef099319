// /analyses/<id>/lines/<member>/<line>: how one figure is worked out, and what becomes of it when an assumption moves.

import { valuesOf } from "../../domain/household.js";
import { inLanguage } from "../asking.js";
import { resultOf } from "../inquiry.js";
import { lineOf, movable, nameOf, reportOf, shown } from "../report.js";
import { fragment, notFound, page, redirect } from "../router.js";
import * as say from "../say.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {import("../report.js").Report} Report
 * @typedef {Record<string, any>} Facts
 */

const TEN_THOUSAND_YUAN = 1_000_000;

/** @param {Context} context @returns {Promise<Reply>} */
export async function show(context) {
  const report = await reportOf(context, wishedIn(context.query));
  const line = report && found(report, context.params.member, context.params.line);
  if (!report || !line) return notFound();
  const model = sumModel(context, report, line);
  // While a finger moves only what moves with it is wanted.
  return context.htmx ? fragment("analyses/sum-live.html", model) : page("analyses/sum.html", model);
}

/** @param {Report} report @param {string} member @param {string} id */
function found({ result }, member, id) {
  const lines =
    member === "family" ? result.lines : result.members.find((/** @type {Facts} */ one) => one.id === member)?.lines;
  return lines?.find((/** @type {Facts} */ line) => line.id === id) ?? null;
}

/** What was worked out last with the usual assumptions: a finger on a slider asks for it again and again. */
let usual = { key: "", result: /** @type {Facts} */ ({}) };

/** @param {Report} report @returns {Facts} */
function usualOf({ row, definitions }) {
  const key = JSON.stringify([row.id, row.answers]);
  if (usual.key !== key) usual = { key, result: resultOf(row.answers, definitions, row.made_on, {}) };
  return usual.result;
}

/** @param {URLSearchParams} form @returns {Record<string, number>} */
function wishedIn(form) {
  const entries = [...form].filter(([name, value]) => name.startsWith("moved.") && /^\d{1,12}$/.test(value));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(6), Number(value)]));
}

/** @param {Context} context @param {Report} report @param {Facts} line */
function sumModel(context, report, line) {
  const { _, params } = context;
  const { row, definitions, moved } = report;
  const definition = lineOf(report, line.id);
  const values = valuesOf(definitions.assumptions, moved);
  const expressions = JSON.stringify(definition.parts);
  const before = Object.keys(moved).length
    ? found({ ...report, result: usualOf(report) }, params.member, params.line)
    : line;
  const has_before = before?.gap_fen !== line.gap_fen;
  const who = params.member === "family" ? _("Whole family") : nameOf(report, params.member);
  const parts = line.parts
    .filter((/** @type {Facts} */ part) => part.fen !== 0)
    .map((/** @type {Facts} */ part) => partOf(context, definition, part));
  const at = `/analyses/${row.id}`;
  const home = context.settings.handed ? `${at}/show` : at;
  return {
    title: _("%(what)s of %(name)s: how it is worked out", { what: inLanguage(context, definition), name: who }),
    back_href: params.member === "family" ? home : `${home}?member=${params.member}`,
    src: `${at}/lines/${params.member}/${params.line}`,
    action: `${at}/assumptions`,
    need: parts.filter((/** @type {Facts} */ { side }) => side === "need"),
    need_total: say.amount(context, line.need_fen),
    have: parts.filter((/** @type {Facts} */ { side }) => side === "have"),
    result_text: line.gap_fen > 0 ? _("Still missing") : _("More than needed"),
    result: say.amount(context, Math.abs(line.gap_fen)),
    exact: say.money(context, Math.abs(line.gap_fen)),
    suggested:
      line.gap_fen > 0
        ? _("suggested cover %(amount)s", {
            amount: say.amount(context, Math.ceil(line.gap_fen / TEN_THOUSAND_YUAN) * TEN_THOUSAND_YUAN),
          })
        : "",
    has_suggested: line.gap_fen > 0,
    before_text: has_before
      ? _("%(amount)s with the usual assumptions", { amount: say.amount(context, Math.max(0, before?.gap_fen ?? 0)) })
      : "",
    has_before,
    sliders: (row.shared_at ? [] : movable(definitions))
      .filter(({ name }) => expressions.includes(`a.${name}`))
      .map(({ name, spec }) => ({
        id: `a-${name}`,
        name: `moved.${name}`,
        label: inLanguage(context, spec),
        value: String(values[name]),
        min: String(spec.min),
        max: String(spec.max),
        step: String(spec.step),
        shown: shown(context, name, values[name]),
      })),
  };
}

/** @param {Context} context @param {any} definition @param {Facts} part */
function partOf(context, definition, part) {
  const spec = definition.parts.find((/** @type {any} */ one) => one.id === part.id);
  const words = inLanguage(context, spec.why);
  const why = words.replace(/\{(\w+)\}/g, (_, /** @type {string} */ name) => inputOf(context, part.inputs[name]));
  return {
    side: part.side,
    text: inLanguage(context, spec),
    why,
    has_why: why !== "",
    amount: say.amount(context, part.fen),
    exact: say.money(context, part.fen),
  };
}

/** @param {Context} context @param {Record<string, number> | undefined} input */
function inputOf(context, input = {}) {
  if ("fen" in input) return say.amount(context, input.fen);
  return "bp" in input ? `${input.bp / 100}%` : String(input.int ?? "");
}

/** @param {Context} context @returns {Promise<Reply>} the customer has let go of a slider */
export async function move(context) {
  const { store, form, from, _ } = context;
  const report = await reportOf(context, wishedIn(/** @type {URLSearchParams} */ (form)));
  if (!report || report.row.shared_at) return notFound();
  const { row, definitions, moved } = report;
  const before = valuesOf(definitions.assumptions);
  const kept = Object.fromEntries(
    Object.entries(moved).filter(([name, value]) => name in before && before[name] !== value),
  );
  const result = resultOf(row.answers, definitions, row.made_on, kept);
  await store.commit([{ op: "update", kind: "analysis", id: row.id, set: { moved: kept, result } }], {
    label: _("Needs analysis"),
  });
  return redirect(from.startsWith(`/analyses/${row.id}`) ? from : `/analyses/${row.id}`);
}
