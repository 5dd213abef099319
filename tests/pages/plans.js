// What is asked of plans/ so that every branch of its templates is shown: plans for the Li family, in every state.

import { readFileSync, readdirSync } from "node:fs";
import { answered } from "../../portal/static/js/domain/checks.js";
import { newCoverage } from "../../portal/static/js/domain/premium.js";
import { digest, frozen } from "../../portal/static/js/domain/snapshot.js";
import { Bench, draftOf, withValues } from "../../portal/static/js/offline/proposal.js";
import { wordsIn } from "../../portal/static/js/offline/words.js";
import { AGENT, ME, NOW, PlainStore, STATUS, TODAY, TREES, id } from "./book.js";
import { ANALYSIS, DEFINITIONS, FAMILY, WELL_COVERED } from "./needs.js";

const PRODUCTS = new URL("../../portal/products/catalogue/", import.meta.url);
/** @param {URL} url @returns {any} */
const read = (url) => JSON.parse(readFileSync(url, "utf8"));
const files = (/** @type {URL} */ folder) => readdirSync(folder).filter((name) => name.endsWith(".json"));

const products = files(PRODUCTS).map((name) => read(new URL(name, PRODUCTS)));
const BLOBS = new URL("blobs/", PRODUCTS);
const blobs = Object.fromEntries(files(BLOBS).map((name) => [name.replace(".json", ""), read(new URL(name, BLOBS))]));
const ruleset = read(new URL("../../portal/proposals/rulesets/checks-1.json", import.meta.url));
const definitions = { ...DEFINITIONS, product: products, ruleset: [ruleset] };
const agent = { registration_status: "registered", registration_expires: null, sales_grade: 3 };
const LIN = FAMILY.customer.id;
const CONSENTS = FAMILY.consents.map((row) => ({ ...row, given: true }));

/** @param {any[]} proposals @param {Record<string, any>} [more] */
const storeOf = (proposals, more = {}) => ({
  trees: [{ ...FAMILY, consents: CONSENTS, proposals }, ...TREES.slice(1)],
  definitions,
  blobs,
  ...more,
});

/** @param {any} store @returns {any} what a page function is given */
const contextOf = (store) => ({
  ...wordsIn("zh-CN"),
  store: new PlainStore(store),
  today: TODAY,
  now: NOW,
  lang: "zh-CN",
  agent: { ...AGENT, ...agent },
});

const wish = { budget_fen: 2_600_000, mode: "year", start: "2026-11-25" };
const { draft } = await draftOf(contextOf(storeOf([])), ANALYSIS, wish);

/** @param {string} tail @param {Record<string, any>} more @returns {any} */
const proposal = (tail, more) => ({
  id: id(tail),
  ver: 2,
  created_at: "2026-11-24T01:25:00.000Z",
  customer_id: LIN,
  analysis_id: ANALYSIS.id,
  made_on: TODAY,
  draft,
  frozen: null,
  sha256: null,
  frozen_at: null,
  checks: null,
  supersedes: null,
  ...more,
});

/** @param {string} product @param {Record<string, any>} more @returns {any} */
const cover = (product, more) => newCoverage("c1", `${product}@1`, LIN, { term: "y20", pay: "y20", ...more });
const [, JIANGUO, , SIQI, GUODONG] = ["c001", "d001", "d002", "d003", "d004"].map(id);
const MANY = {
  id: "a",
  name: "own",
  mode: "month",
  start: "2026-11-25",
  uncovered: [],
  coverages: [
    cover("DF-T1", { insured: JIANGUO, sum_fen: 100_000_000 }),
    cover("DF-C1", { id: "c2", insured: SIQI, term: "life", sum_fen: 50_000_000 }),
    cover("DF-WV", { id: "c2r1", insured: SIQI, pay: "y20", term: "y20", rider_of: "c2" }),
    cover("DF-M1", { id: "c3", insured: JIANGUO, term: "y1", pay: "y1", sum_fen: 200_000_000 }),
    cover("DF-A1", { id: "c4", term: "y1", pay: "y1", sum_fen: 50_000_000, extras: ["medical"] }),
    cover("DF-A2", { id: "c5", insured: GUODONG, term: "y1", pay: "y1", plan: "p1" }),
    cover("DF-R1", { id: "c6", term: "life", pay: "y10", sum_fen: 1_200_000 }),
    cover("DF-W2", { id: "c7", term: "life", pay: "y5", premium_fen: 1_000_000 }),
    cover("DF-V1", { id: "c8", term: "y1", pay: "y1" }),
    cover("DF-T1", { id: "c9", insured: SIQI, sum_fen: 100 }),
    cover("DF-XX", { id: "c10" }),
  ],
};
const codes = Object.fromEntries(products.map((row) => [row.code, row.body]));
MANY.coverages[5].plan = codes["DF-A2"].price.plans[0].code;
const some = draft?.["plan:a"];
const OPEN = proposal("b001", {});
const MIXED = proposal("b002", {
  draft: { ...draft, mode: "month", chosen: "a", "plan:a": MANY },
  analysis_id: ANALYSIS.id,
});
const EMPTY = proposal("b003", { draft: { ...draft, chosen: "a", "plan:a": { ...MANY, coverages: [] } } });
const NONE = proposal("b004", { draft: { mode: "year", people: draft?.people ?? [] } });
const ANSWERS = Object.fromEntries(
  Array.from({ length: 36 }, (_, place) => [
    `R${String(place + 1).padStart(2, "0")}`,
    { reason: "已和林雪梅、李建国当面说明", at: "2026-11-24T01:28:00.000Z" },
  ]),
);
const READY = proposal("b005", { draft: { ...draft, chosen: "a", answers: ANSWERS } });
const MONTHLY = proposal("b008", { draft: { ...draft, chosen: "a", answers: ANSWERS, mode: "month" } });
const BARE = proposal("b009", { analysis_id: null, draft: {} });
const LONE = proposal("b006", {
  analysis_id: null,
  draft: { ...draft, "plan:b": undefined, "plan:c": undefined, chosen: "a" },
});
const SENTENCE = proposal("b007", { draft: { ...draft, chosen: "a", note: "这款产品稳赚不赔" } });

/** @param {any} row @param {Record<string, any>} more @returns {Promise<any>} frozen on its day */
async function cold(row, { revision = 1, ...more } = {}) {
  const context = contextOf(storeOf([row]));
  const bench = /** @type {Bench} */ (await Bench.open(context, row.id));
  const option = bench.option(bench.chosen);
  await withValues(context, bench.catalogue);
  const made_at = "2026-11-24T01:29:00.000Z";
  const text = frozen({
    id: row.id,
    revision,
    supersedes: row.supersedes,
    customer: { id: LIN, name: FAMILY.customer.name },
    agent: { id: ME, name: AGENT.name, registration: AGENT.registration },
    analysis: null,
    made_at,
    plan: option.plan,
    people: bench.people,
    applicant: bench.applicant.id,
    catalogue: bench.catalogue,
    result: bench.result,
    ruleset: "checks@1",
    checks: answered(bench.checks(option), bench.draft.answers ?? {}),
    note: bench.draft.note ?? "",
  });
  return { ...row, frozen: text, sha256: digest(text), frozen_at: made_at, ...more };
}

const good = { ...MANY, coverages: MANY.coverages.slice(0, 8) };
const DONE = await cold(READY);
const RICH = await cold(
  proposal("b010", { draft: { ...draft, mode: "month", chosen: "a", note: "下次带上户口簿", "plan:a": good } }),
);
const NEXT = proposal("b011", { supersedes: RICH.id });
const LATER = await cold(proposal("b012", { supersedes: RICH.id, draft: READY.draft }), { revision: 2 });
const OLD = await cold(proposal("b013", { draft: READY.draft }));
OLD.frozen = OLD.frozen.replace(/"valid_until":"[^"]*"/, '"valid_until":"2026-10-01"');
const UNKNOWN = await cold(proposal("b014", { draft: READY.draft }));
UNKNOWN.frozen = UNKNOWN.frozen
  .replaceAll("@1", "@9")
  .replace(/"uncovered":\[[^\]]*\]/, '"uncovered":[]')
  .replace('"ruleset":"checks@9"', '"ruleset":"checks@1"');
UNKNOWN.frozen = UNKNOWN.frozen.replace(/"checks":\[.*?\],"closed"/, '"checks":[],"closed"');

const edit = (/** @type {string} */ tail) => ({ seq: 31, n: null, op: "update", kind: "proposal", id: id(tail), set: { frozen: [null, "{}"] }, at: "2026-11-24T01:29:00.000Z", customer_id: LIN, title: "林雪梅", label: "Proposal", can_undo: false }); // prettier-ignore
const queued = {
  waiting: [
    edit("b005"),
    { ...edit("b001"), seq: 32, op: "create", set: { draft: [null, {}] } },
    { ...edit("b001"), seq: 33, set: { draft: [{}, {}] } },
  ],
  rejected: [
    { ...edit("b013"), seq: 34, error: { code: "invalid", message: "Some of this needs another look.", fields: { frozen: ["This version is not known here."] } } },
  ],
  received: [],
}; // prettier-ignore
const store = storeOf([OPEN, MIXED, EMPTY, NONE, READY, LONE, SENTENCE, MONTHLY, BARE]);
const kept = storeOf([DONE, RICH, LATER, OLD, UNKNOWN]);
const sent = { ...kept, outbox: queued };
const PIN = { [`pin:${ME}`]: { tries: 0 } };
const HOME = `/customers/${LIN}`;
const at = (/** @type {any} */ row) => `/plans/${row.id}`;
const first = some?.coverages[0]?.id ?? "c1";

/** @param {string} name @param {string} path @param {Record<string, any>} [more] */
const ask = (name, path, more = {}) => ({ name, path, store, agent, ...more });
const nothing = { ...storeOf([]), definitions: DEFINITIONS, blobs: {}, cursor: "2" };

export const PLANS = [
  ask("proposals in every state", "/plans", { store: { ...sent, trees: storeOf([OPEN, DONE, RICH, LATER, OLD, UNKNOWN]).trees } }),
  ask("no proposals", "/plans", { store: storeOf([]) }),
  ask("of one customer", `/plans?customer=${LIN}`),
  ask("none of one customer", `/plans?customer=${LIN}`, { store: storeOf([]) }),
  ask("a card with proposals", HOME),
  ask("a card with a frozen one", HOME, { store: kept }),
  ask("a report with proposals", `/analyses/${ANALYSIS.id}`),
  ask("a report while loading", `/analyses/${ANALYSIS.id}`, { store: { ...store, status: { ready: false } } }),
  ask("proposals on their way", "/outbox", { store: sent }),
  ask("a proposal that was sent back", "/outbox/34", { store: sent }),
  ask("what plans are made with", `/analyses/${ANALYSIS.id}/plans`),
  ask("no rates yet", `/analyses/${ANALYSIS.id}/plans?why=catalogue&budget=100`, { store: nothing }),
  ask("nothing is missing", `/analyses/${WELL_COVERED.id}/plans?why=gap`, { store: { ...store, status: { ready: false } } }),
  ask("no budget", `/analyses/${ANALYSIS.id}/plans`, { form: { budget: "much", start: "2020-01-01" } }),

  ask("three plans", at(OPEN)),
  ask("one by hand, by the month", at(MIXED)),
  ask("no plan is left", at(NONE), { store: { ...store, status: { ready: false } } }),
  ask("without an analysis", at(LONE), { store: { ...store, trees: [{ ...FAMILY, policies: [], consents: CONSENTS, proposals: [LONE] }] } }),
  ask("three plans that were refused", at(OPEN), { store: { ...store, outbox: { ...queued, rejected: [{ ...queued.rejected[0], id: OPEN.id }] } } }),
  ask("nothing left of it", at(BARE)),
  ask("a revision", at(NEXT), { store: storeOf([NEXT, RICH]) }),
  ask("while loading", at(OPEN), { store: { ...store, status: { ready: false } } }),
  ask("conditions", `${at(OPEN)}/conditions`),
  ask("conditions with nothing for them", `${at(OPEN)}/conditions`, { form: { budget: "1", mode: "year", start: "2026-12-01" } }),

  ask("a plan", `${at(OPEN)}/edit?of=b`),
  ask("a plan with everything", `${at(MIXED)}/edit`),
  ask("a plan while loading", `${at(MIXED)}/edit`, { store: { ...store, status: { ready: false } } }),
  ask("a plan without an analysis", `${at(LONE)}/edit`),
  ask("an empty plan", `${at(EMPTY)}/edit?of=a`),
  ask("a cover", `${at(OPEN)}/edit/${first}?of=a`),
  ...MANY.coverages.filter((one) => !one.rider_of).map((one) => ask(`a cover of ${one.product}`, `${at(MIXED)}/edit/${one.id}?of=a`)),
  ask("a home", `${at(MIXED)}/edit/c8?of=a&product=DF-H1@1&insured=${LIN}&was=DF-V1@1`),
  ask("a cover that follows a finger", `${at(MIXED)}/edit/c1?of=a&product=DF-T1@1&was=DF-T1@1&insured=${JIANGUO}&sum=500000&term=a60&pay=y10`, { htmx: true }),
  ask("a cover that follows into a wall", `${at(MIXED)}/edit/c1?of=a&product=DF-T1@1&was=DF-T1@1&insured=${SIQI}&sum=5&term=y20&pay=y20`, { htmx: true }),
  ask("a cover while loading", `${at(MIXED)}/edit/c1?of=a`, { store: { ...store, status: { ready: false } } }),
  ask("a new cover", `${at(OPEN)}/edit/new?of=a`, { store: { ...store, status: { ready: false } } }),
  ask("a wrong cover", `${at(MIXED)}/edit/c1?of=a`, { form: { product: "DF-T1@1", was: "DF-T1@1", insured: SIQI, sum: "much", term: "y20", pay: "y20" } }),
  ask("how a plan is worked out", `${at(OPEN)}/sums?of=c`),
  ask("how it is worked out by the month", `${at(MIXED)}/sums`),

  ask("what differs", `${at(OPEN)}/compare`),
  ask("everything side by side", `${at(OPEN)}/compare?set=1`),
  ask("with what is held", `${at(OPEN)}/compare?with=held`),
  ask("with everything that is held", `${at(MIXED)}/compare?with=held&set=1`),
  ask("one plan alone", `${at(LONE)}/compare`, { store: { ...store, trees: [{ ...FAMILY, policies: [], consents: CONSENTS, analyses: [], proposals: [LONE] }] } }),

  ask("what needs a reason", `${at(OPEN)}/checks`),
  ask("no reason", `${at(OPEN)}/checks`, { form: { note: "" } }),
  ask("what stands in the way", `${at(MIXED)}/checks`, { agent: {} }),
  ask("a forbidden word", `${at(SENTENCE)}/checks`),
  ask("nothing to check", `${at(EMPTY)}/checks`, { store: { ...store, status: { ready: false } } }),
  ask("all answered", `${at(READY)}/checks`),
  ask("before it is frozen", `${at(READY)}/freeze`),
  ask("before it is frozen, by the month", `${at(MONTHLY)}/freeze`),
  ask("before it is frozen, loading", `${at(READY)}/freeze`, { store: { ...store, status: { ready: false } } }),

  ask("a proposal", at(DONE), { store: kept, settings: PIN }),
  ask("a proposal without a network", at(DONE), { store: { ...kept, status: { ...STATUS, offline: true } } }),
  ask("a proposal that waits", at(DONE), { store: sent }),
  ask("a proposal that was refused", at(OLD), { store: sent }),
  ask("a proposal that ran out", at(OLD), { store: { ...kept, status: { ready: false } } }),
  ask("a proposal of products that went", at(UNKNOWN), { store: kept }),
  ask("a proposal with a later one", at(RICH), { store: kept }),
  ask("how a frozen one was worked out", `${at(RICH)}/sums`, { store: kept }),
  ask("in the family's hands", `${at(RICH)}/show`, { store: kept, settings: { handed: RICH.id } }),
  ask("the sum in the family's hands", `${at(RICH)}/sums`, { store: kept, settings: { handed: RICH.id } }),
]; // prettier-ignore
