// /analyses/<id>: the report. The whole family, each member, every figure down to what it is made of.

import { namedLines } from "../../domain/gap.js";
import { valuesOf } from "../../domain/household.js";
import { setSetting } from "../../store/device.js";
import { inLanguage } from "../asking.js";
import { definitionsOf, resultOf } from "../inquiry.js";
import { msgid } from "../labels.js";
import { fragment, notFound, page, redirect } from "../router.js";
import * as say from "../say.js";
import { hasPin } from "./me.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {import("../../store/index.js").Row} Row
 * @typedef {import("../../store/index.js").Tree} Tree
 * @typedef {Record<string, any>} Facts
 * @typedef {{row: Row, tree: Tree, definitions: any, moved: Record<string, number>, result: Facts}} Report
 */

/** @type {Record<string, string>} */
const ICONS = {
  life: "umbrella",
  ci: "heartbeat",
  medical: "first-aid-kit",
  accident: "bandage",
  disability: "wheelchair",
  education: "school",
  retirement: "beach",
  home: "home",
  car: "car",
};
const MOVABLE = ["rates", "whole_numbers", "amounts"];
/** @type {Record<string, string>} */
const NOTES = {
  loan_insured: msgid("A loan that is insured is not counted."),
  policy_lapsed: msgid("A policy of %(name)s has ended and is not counted."),
  policy_expired: msgid("A policy of %(name)s has run out and is not counted."),
  policy_waiting: msgid("A policy of %(name)s is still in its waiting period and is not counted."),
  group_cover: msgid("Cover of %(name)s through the employer ends with the job."),
  medical_twice: msgid("%(name)s has two medical policies; costs are repaid only once."),
};
const NOT_CONSIDERED = msgid("Not considered: inheritance tax, rising house prices, inflation of medical costs.");
const DISCLAIMER = msgid("This is an analysis of needs. It is no insurance contract and promises no return.");
const GONE = msgid("This analysis is not finished yet.");

/**
 * @param {Context} context
 * @param {Record<string, number>} [wished] assumptions as the fingers have them right now
 * @returns {Promise<Report | null>}
 */
async function reportOf(context, wished = {}) {
  const row = await context.store.get("analysis", context.params.id);
  if (!row?.completed_at) return null;
  const tree = await context.store.tree(row.customer_id);
  const definitions = await definitionsOf(context, /** @type {any} */ (row));
  if (!tree || !definitions) return null;
  const moved = { ...row.moved, ...wished };
  return { row, tree, definitions, moved, result: resultOf(row.answers, definitions, row.made_on, moved) };
}

/** @param {Report} report @param {string} id */
function personOf({ row }, id) {
  return (row.answers.H02 ?? []).find((/** @type {any} */ one) => one.id === id);
}

/** @param {Report} report @param {string} id */
const nameOf = (report, id) => personOf(report, id)?.name ?? "";

/** @param {Report} report @param {string} id */
const lineOf = ({ definitions }, id) => definitions.model.lines.find((/** @type {any} */ line) => line.id === id);

/** @param {Context} context @returns {Promise<Reply>} */
export async function show(context) {
  const report = await reportOf(context);
  if (!report) return unfinished(context);
  const member = report.result.members.find((/** @type {Facts} */ one) => one.id === context.query.get("member"));
  return page("analyses/report.html", {
    ...frame(context, report, member?.id ?? ""),
    ...body(context, report, member, "/analyses"),
  });
}

/** @param {Context} context @returns {Promise<Reply>} */
async function unfinished({ store, params, _ }) {
  const row = await store.get("analysis", params.id);
  if (!row) return notFound();
  return redirect(`/customers/${row.customer_id}/analyses`, { toast: _(GONE) });
}

/** @param {Context} context @param {Report} report @param {string} member */
function frame(context, report, member) {
  const { _ } = context;
  const { row, tree, result } = report;
  const at = `/analyses/${row.id}`;
  const people = result.members.map(({ id }) => ({
    href: `${at}?member=${id}`,
    text: nameOf(report, id),
    current: id === member,
  }));
  return {
    back_href: `/customers/${tree.customer.id}/analyses`,
    back_text: tree.customer.name,
    people: [{ href: at, text: _("Family"), current: member === "" }, ...people],
    show_href: `${at}/show${member ? `?member=${member}` : ""}`,
    answers_href: row.shared_at ? "" : `${at}/review`,
    can_edit: !row.shared_at,
    changes_href: `${at}/changes`,
    has_changes: Boolean(row.follows),
  };
}

/**
 * @param {Context} context
 * @param {Report} report
 * @param {Facts | undefined} member
 * @param {string} base of the addresses of the sums
 */
function body(context, report, member, base) {
  const { _, ngettext } = context;
  const { row, result } = report;
  const lines = member
    ? member.lines.map((/** @type {Facts} */ line) => memberLine(context, report, member.id, line, base))
    : familyLines(context, report, base);
  const short = lines.filter((/** @type {any} */ line) => !line.enough).length;
  const title = member
    ? say.joined(context, [nameOf(report, member.id), ageIn(context, report, member.id)].filter(Boolean))
    : short
      ? ngettext("%(n)s thing is still missing", "%(n)s things are still missing", short)
      : _("The family is well covered");
  const ranges = member ? rangesOf(context, report, member) : [];
  return {
    title,
    lead: member
      ? _("Tap a line to see how it is worked out.")
      : _("In the order of weight, not of premium. Tap a line to see how it is worked out."),
    lines,
    has_ranges: ranges.length > 0,
    ranges,
    has_score: !member,
    score_text: _("Score %(n)s of 100", { n: result.score }),
    is_range: namedLines(result).some(([, line]) => line.range_fen),
    assumed_text: ngettext("%(n)s answer is estimated", "%(n)s answers are estimated", result.assumed.length),
    assumptions_text: assumptionsText(context, report),
    moved_text: ngettext("%(n)s changed by you", "%(n)s changed by you", Object.keys(report.moved).length),
    has_moved: Object.keys(report.moved).length > 0,
    notes: result.notes.map((/** @type {any} */ note) => _(NOTES[note.code], { name: nameOf(report, note.member) })),
    has_notes: result.notes.length > 0,
    not_considered: _(NOT_CONSIDERED),
    disclaimer: _(DISCLAIMER),
    made: say.joined(
      context,
      [
        say.day(context, row.made_on),
        row.assumptions,
        row.model,
        context.agent.registration ? _("registration %(n)s", { n: context.agent.registration }) : "",
      ].filter(Boolean),
    ),
  };
}

/** @param {Context} context @param {Report} report @param {string} id */
function ageIn({ _ }, { row }, id) {
  const person = (row.answers.H02 ?? []).find((/** @type {any} */ one) => one.id === id);
  if (!person?.birth_date) return "";
  const years = Number(row.made_on.slice(0, 4)) - Number(person.birth_date.slice(0, 4));
  const full = row.made_on.slice(5) < person.birth_date.slice(5) ? years - 1 : years;
  return _("%(n)s years old", { n: full });
}

/**
 * One line of a member: bar, what is missing in words.
 * @param {Context} context
 * @param {Report} report
 * @param {string} member
 * @param {Facts} line
 * @param {string} base
 */
function memberLine(context, report, member, line, base) {
  const definition = lineOf(report, line.id);
  const flags = (definition.flags ?? []).filter((/** @type {any} */ flag) => line.flags.includes(flag.code));
  return {
    ...bar(context, line),
    icon: ICONS[line.id] ?? "umbrella",
    text: inLanguage(context, definition),
    who: "",
    href: `${base}/${report.row.id}/lines/${member || "family"}/${line.id}`,
    flags: flags.map((/** @type {any} */ flag) => ({
      text: inLanguage(context, flag),
      tone: flag.tone === "risk" ? "bad" : "",
    })),
  };
}

/** @param {Context} context @param {Facts} line have against need */
function bar(context, { need_fen: need, have_fen: have, gap_fen: gap, ratio_bp: ratio, range_fen: range }) {
  const { _ } = context;
  const over = -gap;
  const short =
    range && range[1] > 0
      ? _("short of %(low)s to %(high)s", {
          low: say.amount(context, Math.max(0, range[0])),
          high: say.amount(context, range[1]),
        })
      : "";
  return {
    enough: gap <= 0,
    percent: `${Math.max(0, Math.min(100, Math.floor(ratio / 10) / 10))}%`,
    lacks: say.amount(context, Math.max(0, gap)),
    has_range: short !== "",
    range: short,
    enough_text: over > 0 && need > 0 && over * 2 > need ? _("more than enough, do not add") : _("enough"),
    have_text: _("have %(amount)s", { amount: say.amount(context, Math.max(0, have)) }),
    need_text: _("need %(amount)s", { amount: say.amount(context, Math.max(0, need)) }),
  };
}

/**
 * Every kind of line once, in the order of advice, with the members who lack it.
 * @param {Context} context
 * @param {Report} report
 * @param {string} base
 */
function familyLines(context, report, base) {
  const { result, definitions } = report;
  const found = [];
  for (const id of definitions.model.advice) {
    const own = result.members.flatMap((/** @type {Facts} */ member) =>
      member.lines
        .filter((/** @type {Facts} */ line) => line.id === id)
        .map((/** @type {Facts} */ line) => ({ member: member.id, line })),
    );
    const shared = result.lines.find((/** @type {Facts} */ line) => line.id === id);
    if (shared) found.push({ ...memberLine(context, report, "", shared, base) });
    if (!own.length) continue;
    const lacking = own.filter(({ line }) => line.gap_fen > 0);
    const worst = [...own].sort((a, b) => b.line.gap_fen - a.line.gap_fen)[0];
    const shown = lacking.length === 1 || own.length === 1 ? (lacking[0] ?? worst) : null;
    const sums = summed((lacking.length ? lacking : own).map(({ line }) => line));
    found.push({
      ...memberLine(context, report, (shown ?? worst).member, shown ? shown.line : sums, base),
      who: say.listed(
        context,
        (lacking.length ? lacking : own).map(({ member }) => nameOf(report, member)),
      ),
      href: shown
        ? `${base}/${report.row.id}/lines/${shown.member}/${id}`
        : `${base}/${report.row.id}?member=${worst.member}`,
    });
  }
  return found;
}

/** @param {Facts[]} lines of one kind @returns {Facts} together */
function summed(lines) {
  const sum = (/** @type {string} */ name) => lines.reduce((all, line) => all + line[name], 0);
  const [need, have] = [sum("need_fen"), lines.reduce((all, line) => all + Math.min(line.have_fen, line.need_fen), 0)];
  const flags = [...new Set(lines.flatMap((line) => line.flags))];
  const ratio = need > 0 ? Math.max(0, Math.floor((have * 10_000) / need)) : 10_000;
  return { id: lines[0].id, need_fen: need, have_fen: have, gap_fen: need - have, ratio_bp: ratio, flags };
}

/** @param {Context} context @param {Report} report @param {Facts} member other methods, never averaged */
function rangesOf(context, { definitions }, member) {
  return member.ranges.map((/** @type {Facts} */ each) => {
    const definition = definitions.model.ranges.find((/** @type {any} */ one) => one.id === each.id);
    return { text: inLanguage(context, definition), value: say.amount(context, each.fen) };
  });
}

/** @param {Context} context @param {Report} report */
function assumptionsText(context, { definitions, moved }) {
  const values = valuesOf(definitions.assumptions, moved);
  return say.joined(
    context,
    movable(definitions).map(({ name, spec }) => `${inLanguage(context, spec)} ${shown(context, name, values[name])}`),
  );
}

/** @param {any} definitions @returns {{name: string, spec: any}[]} */
function movable({ assumptions }) {
  return MOVABLE.flatMap((group) => Object.entries(assumptions[group]).map(([name, spec]) => ({ name, spec })));
}

/** @param {Context} context @param {string} name @param {number} value */
function shown(context, name, value) {
  if (name.endsWith("_bp")) return `${(value / 100).toFixed(2).replace(/0$/, "")}%`;
  return name.endsWith("_fen") ? say.amount(context, value) : String(value);
}

// The sum of one figure

/** @param {Context} context @returns {Promise<Reply>} */
export async function sum(context) {
  const report = await reportOf(context, wishedIn(context.query));
  const line = report && found(report, context.params.member, context.params.line);
  if (!report || !line) return notFound();
  const model = sumModel(context, report, line);
  if (context.htmx && context.query.has("live")) return fragment("analyses/sum_lines.html", model);
  return page("analyses/sum.html", model);
}

/** @param {Report} report @param {string} member @param {string} id */
function found({ result }, member, id) {
  const lines =
    member === "family" ? result.lines : result.members.find((/** @type {Facts} */ one) => one.id === member)?.lines;
  return lines?.find((/** @type {Facts} */ line) => line.id === id) ?? null;
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
  const usual = found(
    { ...report, result: resultOf(row.answers, definitions, row.made_on, {}) },
    params.member,
    params.line,
  );
  const who = params.member === "family" ? _("Family") : nameOf(report, params.member);
  const parts = line.parts.map((/** @type {Facts} */ part) => partOf(context, definition, part));
  const need = parts.filter(({ side }) => side === "need");
  const have = parts.filter(({ side }) => side === "have");
  const at = `/analyses/${row.id}`;
  return {
    title: _("%(what)s of %(name)s: how it is worked out", { what: inLanguage(context, definition), name: who }),
    back_href: params.member === "family" ? at : `${at}?member=${params.member}`,
    src: `${at}/lines/${params.member}/${params.line}`,
    action: `${at}/assumptions`,
    then: `${at}/lines/${params.member}/${params.line}`,
    need: need.filter(({ zero }) => !zero),
    need_total: say.amount(context, line.need_fen),
    have: have.filter(({ zero }) => !zero),
    result_text: line.gap_fen > 0 ? _("Still missing") : _("More than needed"),
    result: say.amount(context, Math.abs(line.gap_fen)),
    exact: say.money(context, Math.abs(line.gap_fen)),
    suggested:
      line.gap_fen > 0
        ? _("suggested cover %(amount)s", {
            amount: say.amount(context, Math.ceil(line.gap_fen / 1_000_000) * 1_000_000),
          })
        : "",
    has_suggested: line.gap_fen > 0,
    before_text:
      usual && usual.gap_fen !== line.gap_fen
        ? _("%(amount)s with the usual assumptions", { amount: say.amount(context, Math.max(0, usual.gap_fen)) })
        : "",
    has_before: Boolean(usual && usual.gap_fen !== line.gap_fen),
    can_move: !row.shared_at,
    sliders: movable(definitions)
      .filter(({ name }) => usedIn(definition, name))
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

/** @param {any} definition @param {string} name whether a line depends on an assumption */
function usedIn(definition, name) {
  return JSON.stringify(definition.parts).includes(`a.${name}`);
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
    zero: part.fen === 0,
  };
}

/** @param {Context} context @param {Record<string, number> | undefined} input */
function inputOf(context, input = {}) {
  if ("fen" in input) return say.amount(context, input.fen);
  return "bp" in input ? `${input.bp / 100}%` : String(input.int ?? "");
}

/** @param {Context} context @returns {Promise<Reply>} the customer has let go of a slider */
export async function move(context) {
  const { store, form, _ } = context;
  const report = await reportOf(context, wishedIn(/** @type {URLSearchParams} */ (form)));
  if (!report || report.row.shared_at) return notFound();
  const { row, definitions, moved, result } = report;
  const usual = valuesOf(definitions.assumptions);
  const kept = Object.fromEntries(
    Object.entries(moved).filter(([name, value]) => name in usual && usual[name] !== value),
  );
  await store.commit([{ op: "update", kind: "analysis", id: row.id, set: { moved: kept, result } }], {
    label: _("Needs analysis"),
  });
  const then = form?.get("then") ?? "";
  return redirect(then.startsWith(`/analyses/${row.id}`) ? then : `/analyses/${row.id}`);
}

/** @param {Context} context @returns {Promise<Reply>} what is otherwise than in the analysis before */
export async function changes(context) {
  const { _, store } = context;
  const report = await reportOf(context);
  const before = report?.row.follows ? await store.get("analysis", report.row.follows) : null;
  if (!report || !before?.result) return notFound();
  const old = new Map(namedLines(before.result));
  const lines = namedLines(report.result)
    .map(([key, line]) => ({ key, line, was: old.get(key) }))
    .filter(({ line, was }) => !was || was.gap_fen !== line.gap_fen);
  return page("analyses/changes.html", {
    title: _("What changed since"),
    back_href: `/analyses/${report.row.id}`,
    back_text: _("Report"),
    lead: _("Compared with %(day)s", { day: say.day(context, before.made_on) }),
    score_text: _("Score %(before)s, now %(n)s", { before: before.result.score, n: report.result.score }),
    has_lines: lines.length > 0,
    lines: lines.map(({ key, line, was }) => ({
      text: say.joined(
        context,
        [nameOf(report, key.split(".")[0]), inLanguage(context, lineOf(report, line.id))].filter(Boolean),
      ),
      before: was ? say.amount(context, Math.max(0, was.gap_fen)) : _("new"),
      now: say.amount(context, Math.max(0, line.gap_fen)),
      better: Boolean(was && line.gap_fen < was.gap_fen),
    })),
  });
}

// The phone in the customer's hands

/** @param {Context} context @returns {Promise<Reply>} */
export async function handed(context) {
  const report = await reportOf(context);
  if (!report) return unfinished(context);
  const id = context.query.get("member");
  const member = report.result.members.find((/** @type {Facts} */ one) => one.id === id);
  await setSetting("handed", report.row.id);
  return page("analyses/show.html", {
    ...frame(context, report, member?.id ?? ""),
    ...body(context, report, member, "/analyses"),
    people: frame(context, report, member?.id ?? "").people.map((one) => ({
      ...one,
      href: one.href.replace(/(\?|$)/, "/show$1"),
    })),
    return_action: `/analyses/${report.row.id}/returns`,
    return_text: context._("Give back to %(name)s", { name: context.agent.name }),
  });
}

/** @param {Context} context @returns {Promise<Reply>} with a PIN the phone locks first */
export async function giveBack(context) {
  await setSetting("handed", null);
  if (hasPin(context)) await setSetting("locked", true);
  return redirect(hasPin(context) ? "/me/unlock" : `/analyses/${context.params.id}`);
}
