// What is asked of analyses/ so that every branch of its templates is shown: the Li family of the book, half-way and done.

import { readFileSync } from "node:fs";
import { resultOf } from "../../portal/static/js/offline/inquiry.js";
import { ME, STATUS, TODAY, TREES, conflict, id } from "./book.js";

/** @param {string} name @returns {any} a definition as it is published */
const published = (name) =>
  JSON.parse(readFileSync(new URL(`../../portal/needs/definitions/${name}.json`, import.meta.url), "utf8"));

export const DEFINITIONS = {
  questionnaire: [published("questionnaire-family-1")],
  assumption_set: [published("assumptions-cn-2026.1")],
  gap_model: [published("gap-model-household-1")],
};
const BODIES = {
  questionnaire: DEFINITIONS.questionnaire[0].body,
  assumptions: DEFINITIONS.assumption_set[0].body,
  model: DEFINITIONS.gap_model[0].body,
};
const [LIN, JIANGUO, SIYUAN, SIQI, GUODONG] = ["c001", "d001", "d002", "d003", "d004"].map(id);
const [LI, ZHOU] = TREES;
const HOME = `/customers/${LIN}`;

const ANSWERS = {
  G01: true,
  G02: true,
  G03: true,
  H01: "杭州",
  H02: [
    { id: LIN, relation: "self", name: "林雪梅", gender: "female", birth_date: "1986-03-18" },
    { id: JIANGUO, relation: "spouse", name: "李建国", gender: "male", birth_date: "1986-06-02" },
    { id: SIYUAN, relation: "child", name: "李思源", gender: "male", birth_date: "2017-05-20" },
    { id: SIQI, relation: "child", name: "李思齐", gender: "female", birth_date: "2022-09-09" },
    { id: GUODONG, relation: "parent_in_law", name: "李国栋", gender: "male", birth_date: "1957-01-15" },
  ],
  H03: "married",
  [`M02:${LIN}`]: 2,
  [`M03:${LIN}`]: ["employee_medical", "pension"],
  [`M03:${SIQI}`]: ["none"],
  [`M04:${LIN}`]: 14_000_000,
  [`M04:${JIANGUO}`]: 28_000_000,
  F01: 1_200_000,
  F03: [{ balance_fen: 120_000_000, monthly_fen: 650_000, years: 20, shares: { [LIN]: 33, [JIANGUO]: 67 } }],
  F05: 20_000_000,
  F07: { value_fen: 80_000_000, would_sell: false },
  F08: { unknown: true },
  [`C01:${SIQI}`]: "bachelor",
  E01: [
    {
      id: id("e001"),
      title: "安心定期寿险",
      insured: JIANGUO,
      kind: "term",
      sum_fen: 100_000_000,
      yearly_fen: 186_000,
    },
    { id: id("e091"), title: "团体意外", insured: JIANGUO, kind: "accident", sum_fen: 500_000_000, group: true },
    { id: id("e092"), title: "旧重疾", insured: LIN, kind: "ci", sum_fen: 20_000_000, expiry: "2020-01-01" },
    { id: id("e093"), title: "", insured: JIANGUO, kind: "medical", sum_fen: 300_000_000 },
  ],
  A01: { tenure: "owned", area_m2: 90, contents_fen: 20_000_000 },
  F09: { housing_fund_fen: 6_000_000 },
  S01: { budget_fen: 2_000_000, mode: "year" },
  S02: ["illness", "medical", "income"],
};
const VERSIONS = { questionnaire: "family@1", assumptions: "CN-2026@1", model: "household@1", made_on: TODAY };

/** @param {string} tail @param {Record<string, any>} more @returns {any} a finished analysis */
function finished(tail, { answers = ANSWERS, moved = {}, ...more } = {}) {
  return {
    id: id(tail),
    created_at: "2026-11-24T01:00:00.000Z",
    customer_id: LIN,
    path: "full",
    ...VERSIONS,
    answers,
    moved,
    result: resultOf(answers, BODIES, TODAY, moved),
    completed_at: "2026-11-24T01:20:00.000Z",
    shared_at: null,
    follows: null,
    ...more,
  };
}

const FIRST = finished("aa11", {
  answers: { ...ANSWERS, E01: [], F05: 90_000_000 },
  completed_at: "2026-06-02T01:20:00.000Z",
  shared_at: "2026-06-03T01:20:00.000Z",
  checked_at: "2026-06-02T01:20:01.000Z",
});
const SECOND = finished("aa12", { follows: FIRST.id, moved: { cpi_bp: 300, final_fen: 8_000_000 } });
const AGAIN = finished("aa13", { follows: SECOND.id, moved: SECOND.moved });
const BANDS = finished("aa14", {
  answers: {
    ...ANSWERS,
    G02: false,
    [`M04:${LIN}`]: { low_fen: 10_000_000, high_fen: 20_000_000 },
    [`M04:${JIANGUO}`]: { low_fen: 20_000_000, high_fen: 30_000_000 },
  },
});
const WELL = finished("aa15", {
  answers: {
    ...Object.fromEntries(Object.entries(ANSWERS).filter(([key]) => !/^(E|F0[3-9]|C|M0[34])/.test(key))),
    H02: [ANSWERS.H02[0]],
    [`M03:${LIN}`]: ["employee_medical"],
    [`M04:${LIN}`]: 1_000_000,
    E01: ["term", "ci", "medical", "accident", "disability"].map((kind, place) => ({
      id: id(`e0a${place}`),
      insured: LIN,
      kind,
      sum_fen: 900_000_000,
      guaranteed: true,
    })),
    A01: { tenure: "rented", contents_fen: 100_000, cover_fen: 10_000_000 },
    [`T03:${LIN}`]: 900_000_000,
  },
});

/** @param {string} tail @param {any} more @returns {[string, any]} a draft and where it is kept */
const draft = (tail, more) => [
  `analysis:${id(tail)}`,
  {
    id: id(tail),
    customer_id: LIN,
    path: "full",
    ...VERSIONS,
    follows: null,
    answers: ANSWERS,
    moved: {},
    at: "",
    seconds: 340,
    shown_at: "2026-11-24T01:29:00.000Z",
    ...more,
  },
];

const family = { ...LI, analyses: [FIRST, SECOND, AGAIN, BANDS, WELL] };
const NOTES = Object.fromEntries([
  draft("ab01", {}),
  draft("ab02", { path: "quick", answers: { G01: true, H02: ANSWERS.H02.slice(0, 1) } }),
  draft("ab03", { answers: { ...ANSWERS, G02: false } }),
  draft("ab04", {
    answers: {
      ...ANSWERS,
      H01: "宁波",
      H02: [...ANSWERS.H02, { id: id("d0aa"), relation: "parent", name: "林父", birth_date: "1958-02-03" }],
    },
  }),
]);
const begun = { ...LI.customer, id: LIN };
export const FAMILY = family;
export const ANALYSIS = SECOND;
export const WELL_COVERED = WELL;
const store = { trees: [family, ...TREES.slice(1)], notes: NOTES, definitions: DEFINITIONS };
const only = { ...store, notes: {}, trees: [{ ...family, customer: begun, analyses: [] }, ZHOU] };
const started = { ...SECOND, id: id("aa16"), completed_at: null, result: null };
const PIN = { [`pin:${ME}`]: { tries: 0 } };

/** @param {string} key @param {string} [tail] */
const at = (key, tail = "ab01") => `/analyses/${id(tail)}/questions/${encodeURIComponent(key)}`;

/** @param {string} key @param {Record<string, string | string[]>} form @param {string} name */
const posted = (key, form, name) => ({ name, path: at(key), form, store });

export const NEEDS = [
  { name: "begun and finished", path: `${HOME}/analyses`, store },
  { name: "nothing yet", path: `${HOME}/analyses`, store: only },
  { name: "while loading", path: `${HOME}/analyses`, store: { ...only, status: { ready: false } } },
  { name: "a card with an analysis", path: HOME, store },
  {
    name: "a card with one that was begun",
    path: HOME,
    store: { ...store, trees: [{ ...family, analyses: [started] }, ...TREES.slice(1)] },
  },

  ...["G01", "G02", "G03", "H02", "H01", "H03", `M02:${LIN}`, `M03:${LIN}`, `M04:${LIN}`, `M06:${LIN}`, `M07:${LIN}`]
    .concat(["F01", "F02", "F03", "F04", "F05", "F07", "F08", `C01:${SIQI}`, "P01", "E01", "V01", "A01", "S01", "S02"])
    .map((key) => ({ name: `question ${key.split(":")[0]}`, path: at(key), store })),
  { name: "an income as a band", path: at(`M04:${LIN}`, "ab03"), store },
  { name: "an empty first question", path: at("G02", "ab02"), store },
  posted("G01", {}, "no consent"),
  posted("G03", { answer: "true", guardian: "" }, "no guardian"),
  posted(
    "H02",
    { "0.id": LIN, "0.relation": "self", "0.birth_date": "", "1.name": "林父", "1.relation": "parent" },
    "no birthdays",
  ),
  posted("H02", { "0.id": LIN, "0.relation": "self", "0.birth_date": "1986-03-18", _more: "1" }, "one person more"),
  posted(`M04:${LIN}`, { answer: "plenty" }, "no amount"),
  posted("F01", { answer: "150000" }, "a lot a month"),
  posted("F03", { "1.balance_fen": "100", [`1.shares.${LIN}`]: "60", [`1.shares.${JIANGUO}`]: "30" }, "wrong shares"),
  posted("F03", { _none: "1", _more: "1" }, "one loan more"),
  posted("E01", { "0.kind": "term", "0.sum_fen": "a lot" }, "wrong policy"),
  posted("A01", { tenure: "owned", area_m2: "1" }, "a home too small"),
  posted("S02", { answer0: "illness", answer1: "illness" }, "no ties"),

  {
    name: "an answer given twice",
    path: `/conflicts/${id("cf31")}`,
    store: {
      ...store,
      conflicts: [
        conflict("cf31", {
          record_kind: "analysis",
          record_id: SECOND.id,
          field: `answers.M04:${JIANGUO}`,
          base: null,
          mine: 28_000_000,
          theirs: { unknown: true },
        }),
      ],
    },
  },
  { name: "half-way", path: `/analyses/${id("ab01")}/review`, store },
  { name: "something for the card", path: `/analyses/${id("ab04")}/review`, store },
  { name: "just begun", path: `/analyses/${id("ab02")}/review`, store },

  { name: "the family", path: `/analyses/${SECOND.id}`, store, settings: PIN },
  { name: "shared", path: `/analyses/${FIRST.id}`, store },
  {
    name: "to be printed when there is a network",
    path: `/analyses/${FIRST.id}`,
    store: { ...store, status: { ...STATUS, offline: true } },
  },
  { name: "in ranges", path: `/analyses/${BANDS.id}`, store },
  { name: "a member", path: `/analyses/${SECOND.id}?member=${JIANGUO}`, store },
  { name: "a child", path: `/analyses/${SECOND.id}?member=${SIQI}`, store },
  { name: "well covered", path: `/analyses/${WELL.id}`, store },
  { name: "a sum", path: `/analyses/${SECOND.id}/lines/${LIN}/life`, store },
  {
    name: "a sum under a finger",
    path: `/analyses/${SECOND.id}/lines/${LIN}/life?moved.cpi_bp=250`,
    store,
    htmx: true,
  },
  { name: "a sum, shared", path: `/analyses/${FIRST.id}/lines/${JIANGUO}/ci`, store },
  { name: "a sum of the house", path: `/analyses/${SECOND.id}/lines/family/home`, store },
  { name: "a sum with more than enough", path: `/analyses/${WELL.id}/lines/${LIN}/life`, store },
  { name: "since the last time", path: `/analyses/${SECOND.id}/changes`, store },
  { name: "nothing has changed", path: `/analyses/${AGAIN.id}/changes`, store },
  { name: "handed over", path: `/analyses/${SECOND.id}/show`, store, settings: { handed: SECOND.id } },
  {
    name: "a member, handed over",
    path: `/analyses/${SECOND.id}/show?member=${JIANGUO}`,
    store,
    settings: { handed: SECOND.id },
  },
];
