// The fixtures of the agent's pages, made by the page functions themselves on the small book of book.js.
//
//   node tests/pages/make.js          write tests/vectors/pages/*.json
//   node tests/pages/make.js --check  name the files that would change, exit 1 if there is any
//   node tests/pages/make.js --only=today,customers   of these rooms

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { handedIn, waiting } from "../../portal/static/js/offline/closed.js";
import { match } from "../../portal/static/js/offline/router.js";
import { routes } from "../../portal/static/js/offline/routes.js";
import { shell } from "../../portal/static/js/offline/shell.js";
import { wordsIn } from "../../portal/static/js/offline/words.js";
import { AGENT, CONFLICTS, ME, NOW, OUTBOX, PlainStore, STATUS, TODAY, id } from "./book.js";
import { NEEDS } from "./needs.js";
import { PLANS } from "./plans.js";
import { SETTLING, TRIED } from "./settling.js";

const FOLDER = join(import.meta.dirname, "..", "vectors", "pages");
const LI = `/customers/${id("c001")}`;
const OPEN = CONFLICTS.filter((row) => !row.resolution);
const WITH_CONFLICTS = { conflicts: CONFLICTS, status: { ...STATUS, conflicts: OPEN.length, refused: 2 } };

/**
 * @typedef {object} Asked
 * @property {string} name what the page shows
 * @property {string} path
 * @property {Record<string, string | string[]>} [form] posted
 * @property {any} [store] for PlainStore
 * @property {Record<string, any>} [settings]
 * @property {boolean} [htmx]
 * @property {any} [toast]
 * @property {Record<string, any>} [agent] what is otherwise about the agent
 */

/** @type {Asked[]} */
const ASKED = [
  { name: "a full day", path: "/today", store: WITH_CONFLICTS },
  { name: "a day with something unsent", path: "/today", store: { status: { ...STATUS, waiting: 3 } } },
  {
    name: "decisions and nothing sent back",
    path: "/today",
    store: { ...WITH_CONFLICTS, status: { ...STATUS, conflicts: 5 } },
  },
  { name: "visits and nothing else", path: "/today", store: { trees: planned() } },
  {
    name: "never synced",
    path: "/today",
    store: { trees: [], status: { ...STATUS, waiting: 1, last_synced_at: null } },
  },
  {
    name: "after the browser had cleared the phone",
    path: "/today",
    store: { status: { ...STATUS, evicted_at: "2026-11-22T00:10:00.000Z", evicted_waiting: 3 } },
  },
  { name: "nobody today", path: "/today", store: { trees: quiet(1) } },
  { name: "more people than a list holds", path: "/today", store: { trees: due(45) } },
  {
    name: "while the first download runs",
    path: "/today",
    store: { status: { ...STATUS, ready: false, loading: { done: 120, total: 2016, parts: {} } } },
  },
  { name: "the sheet under the plus", path: "/today/new" },

  { name: "the whole book", path: "/customers" },
  { name: "initials", path: "/customers?q=lx" },
  { name: "a policy number", path: "/customers?q=LX8" },
  { name: "a phone number", path: "/customers?q=0003" },
  { name: "a name nobody has", path: "/customers?q=欧阳" },
  { name: "nobody in a filter", path: "/customers?filter=potential", store: { trees: quiet(2) } },
  { name: "from the search button", path: "/customers?search=1" },
  { name: "an empty book", path: "/customers", store: { trees: [] } },
  { name: "results while typing", path: "/customers?q=li", htmx: true },
  { name: "the first of many", path: "/customers", store: { trees: quiet(60) }, htmx: true },
  { name: "the rest of many", path: "/customers?after=50", store: { trees: quiet(60) }, htmx: true },
  { name: "what else the list can do", path: "/customers/more" },

  { name: "a family", path: LI, store: WITH_CONFLICTS },
  { name: "somebody nothing is known of", path: `/customers/${id("c008")}` },
  { name: "a birthday child", path: `/customers/${id("c003")}` },
  { name: "an overdue premium", path: `/customers/${id("c002")}` },
  { name: "only a name", path: `/customers/${id("bb00")}`, store: { trees: quiet(1) } },
  { name: "a premium far ahead", path: `/customers/${id("bc00")}`, store: { trees: due(1, "2027-06-01") } },
  { name: "no contact wanted", path: `/customers/${id("c007")}` },
  { name: "its menu", path: `${LI}/menu` },
  { name: "just saved", path: `/customers/${id("c005")}`, toast: { text: "已删除", undo_href: "/outbox/7/undo" } },
  {
    name: "just saved, nothing to take back",
    path: `/customers/${id("c005")}`,
    toast: { text: "已存", undo_href: "" },
  },

  { name: "a new customer", path: "/customers/new?name=欧阳" },
  { name: "the details of a customer", path: `${LI}/edit` },
  {
    name: "wrong details",
    path: LI,
    form: {
      name: "",
      mobile: "138 0000 88",
      stage: "client",
      tags_value: ["", "白金", "老客户"],
      email: "a@",
      hobbies: "羽毛球",
    },
  },
  { name: "details while loading", path: `${LI}/edit`, store: { status: { ...STATUS, ready: false } } },
  { name: "deleting a customer", path: `${LI}/delete` },

  { name: "a new relative", path: `${LI}/relatives/new` },
  { name: "a relative", path: `${LI}/relatives/${id("d001")}/edit` },
  {
    name: "a relative without a name",
    path: `${LI}/relatives`,
    form: { name: "", relation: "child", id_number: "11010119900307123X" },
  },
  { name: "deleting a relative", path: `${LI}/relatives/${id("d001")}/delete` },

  { name: "a policy", path: `${LI}/policies/${id("e001")}` },
  { name: "a policy that ended", path: `${LI}/policies/${id("e005")}` },
  { name: "a new policy", path: `${LI}/policies/new` },
  { name: "the details of a policy", path: `${LI}/policies/${id("e001")}/edit` },
  {
    name: "wrong shares",
    path: `${LI}/policies/${id("e001")}`,
    form: {
      heir: [`customer:${id("c001")}`, "李建军", "", ""],
      share: ["60", "30", "", ""],
      order: ["1", "1", "1", "1"],
      applicant: "",
      applicant_other: "李大伯",
    },
  },
  { name: "deleting a policy", path: `${LI}/policies/${id("e001")}/delete` },

  { name: "after a visit", path: `${LI}/visits/new` },
  { name: "after a call", path: `${LI}/visits/new?channel=call&started_at=2026-11-24T01:20:00.000Z` },
  { name: "a visit that was planned", path: `${LI}/visits/${id("f001")}` },
  { name: "a visit that was noted", path: `${LI}/visits/${id("f002")}` },
  {
    name: "wrong minutes",
    path: `${LI}/visits`,
    form: {
      outcome: "再联系",
      next_step: "call",
      next_date: "pick",
      next_date_on: "2026-12-24",
      minutes: "x",
      channel: "visit",
      note: "",
    },
  },
  { name: "a note while loading", path: `${LI}/visits/new`, store: { status: { ...STATUS, ready: false } } },
  { name: "planning a visit", path: `${LI}/visits/plan` },
  { name: "planning on no day", path: `${LI}/visits`, form: { _plan: "true", planned_at: "x", channel: "call" } },
  { name: "whom a note is about", path: "/visits/new" },
  { name: "a search by the keyboard", path: "/visits/new?q=lx" },
  { name: "looking for whom a note is about", path: "/visits/new?q=lx", htmx: true },
  { name: "nobody a note could be about", path: "/visits/new?q=zzz", htmx: true },
  { name: "deleting a visit", path: `${LI}/visits/${id("f002")}/delete` },

  { name: "what a customer agreed to", path: `${LI}/consents` },
  { name: "never asked", path: `/customers/${id("c003")}/consents` },
  { name: "asking", path: `${LI}/consents/new` },
  { name: "asking while loading", path: `${LI}/consents/new`, store: { status: { ...STATUS, ready: false } } },
  { name: "no answer, no guardian", path: `${LI}/consents`, form: { by: "guardian", guardian_name: "" } },
  {
    name: "a guardian without a name",
    path: `${LI}/consents`,
    form: { by: "guardian", guardian_name: "", given_child: "true" },
  },

  ...SETTLING,
  ...NEEDS,
  ...PLANS,
];

/** @param {number} count of customers about whom nothing is due */
function quiet(count) {
  const names = ["赵敏", "钱多", "孙立", "李强", "周全", "吴用", "郑重", "王磊", "冯程", "陈词"];
  return Array.from({ length: count }, (_, place) =>
    plain(`bb${String(place).padStart(2, "0")}`, `${names[place % 10]}${place > 9 ? "子" : ""}`, []),
  );
}

/** One planned visit, about somebody of whom only the name is known. */
function planned() {
  const [tree] = quiet(1);
  const visit = {
    id: id("ff01"),
    created_at: tree.customer.created_at,
    channel: null,
    planned_at: "2026-11-24T02:00:00.000Z",
  };
  return [{ ...tree, visits: [visit] }];
}

/** @param {number} count of customers with a premium soon @param {string} [day] */
function due(count, day = "2026-12-01") {
  return Array.from({ length: count }, (_, place) => {
    const tail = `bc${String(place).padStart(2, "0")}`;
    return plain(tail, `周${place}`, [{ id: id(`bd${place}`), kind: "ci", next_due_date: day, premium_fen: 100_000 }]);
  });
}

/** @param {string} tail @param {string} name @param {any[]} policies */
function plain(tail, name, policies) {
  const made = { id: id(tail), ver: 1, created_at: "2026-10-01T02:00:00.000Z", name };
  return { customer: made, relatives: [], analyses: [], policies, visits: [], consents: [], conflicts: [] };
}

/**
 * @param {Asked} asked
 * @param {string} lang
 * @returns {Promise<{template: string, name: string, lang: string, model: any}>}
 */
async function answer(asked, lang) {
  const url = new URL(asked.path, "https://doorstep.test");
  const method = asked.form ? "POST" : "GET";
  const found = match(routes, method, url.pathname);
  if (!found) throw new Error(`no route for ${asked.path}`);
  const store = new PlainStore(asked.store);
  const context = {
    url,
    method,
    params: found.params,
    query: url.searchParams,
    form: asked.form ? formOf(asked.form) : null,
    from: "/today",
    store,
    status: await store.status(),
    now: NOW,
    today: TODAY,
    lang,
    ...wordsIn(lang),
    htmx: asked.htmx === true,
    agent: { ...AGENT, ...asked.agent },
    settings: { [`device:${ME}`]: { device: id("aa01") }, ...asked.settings },
  };
  const reply = /** @type {any} */ (await found.route.handle(/** @type {any} */ (context)));
  if (!reply.template) throw new Error(`${asked.name}: ${asked.path} answered ${JSON.stringify(reply)}`);
  return {
    template: reply.template,
    name: asked.name,
    lang,
    model: { shell: frame(context, reply, asked), ...stable(reply.model) },
  };
}

/** @param {Record<string, string | string[]>} fields */
function formOf(fields) {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) form.append(name, one);
  return form;
}

/**
 * What of the shell belongs to this page; names of built files change with every build.
 * @param {any} context
 * @param {any} reply
 * @param {Asked} asked
 */
function frame(context, reply, asked) {
  const {
    lang: _,
    build,
    icons,
    css,
    js,
    ...own
  } = shell(context, { tab: reply.tab ?? "", toast: asked.toast ?? null });
  return own;
}

/** New ids are the same in every run. @param {any} model */
function stable(model) {
  const text = JSON.stringify(model).replace(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, (one) =>
    one.startsWith("01900000-") ? one : id("9999"),
  );
  return JSON.parse(text);
}

/** @param {string} template */
const fileOf = (template) => `${template.replace(".html", "").replace("/", "__")}.json`;

const rooms =
  process.argv
    .find((one) => one.startsWith("--only="))
    ?.slice("--only=".length)
    .split(",") ?? null;
/** @type {Map<string, any[]>} */
const files = new Map();
for (const asked of ASKED.filter(({ path }) => !rooms || rooms.includes(path.split(/[/?]/)[1]))) {
  for (const lang of ["zh-CN", "en"]) {
    const { template, ...fixture } = await answer(asked, lang);
    files.set(template, [...(files.get(template) ?? []), fixture]);
  }
}
// The same bars on a page that the server made: no state of sync, no tabs.
for (const template of ["customers/delete.html", "me/index.html"].filter((one) => files.has(one))) {
  const [first] = files.get(template) ?? [];
  const bare = { ...first.model.shell, has_sync: false, has_tabs: false };
  files.get(template)?.push({ ...first, name: "outside", model: { ...first.model, shell: bare } });
  // A leader's tabs, as the server's pages of the team have them.
  for (const at of ["team", "me"]) {
    const leads = { ...first.model.shell, tabs: { at, leader: true, count: "" } };
    files.get(template)?.push({ ...first, name: `a leader's tabs, ${at}`, model: { ...first.model, shell: leads } });
  }
}
for (const { template, of, field, error, more } of TRIED) {
  for (const before of files.get(template)?.filter(({ name }) => name === of) ?? []) {
    const told = error[/** @type {"en"} */ (before.lang)];
    const wrong = {
      ...before.model[field],
      has_error: true,
      error: told,
      has_description: true,
      described_by: `s-${field}-error`,
    };
    files.get(template)?.push({ ...before, name: `${of}, tried`, model: { ...before.model, [field]: wrong, ...more } });
  }
}
// Pages without a book.
files.set("me/signed_out.html", [
  { name: "signed out", model: { is_listed: false, sign_out_href: "/sign-out/traces" } },
  { name: "signed out without a network", model: { is_listed: true, sign_out_href: "/sign-out" } },
]);
const bookless = ["zh-CN", "en"].flatMap((lang) => [
  { name: "revoked, not handed in yet", lang, model: waiting(wordsIn(lang), 3) },
  { name: "revoked, nothing to hand in", lang, model: waiting(wordsIn(lang), 0) },
  { name: "wiped", lang, model: handedIn(wordsIn(lang), { edits: 3, drafts: 1 }, "/sign-out/traces") },
  { name: "wiped, all was sent", lang, model: handedIn(wordsIn(lang), { edits: 0, drafts: 0 }, "/sign-out") },
]);
files.set("me/closed.html", bookless);

let differ = 0;
for (const [template, fixtures] of files) {
  const path = join(FOLDER, fileOf(template));
  const text = `[\n${fixtures.map((one) => JSON.stringify(one)).join(",\n")}\n]\n`;
  if (process.argv.includes("--check")) {
    let kept = "";
    try {
      kept = readFileSync(path, "utf8");
    } catch {
      // not written yet
    }
    if (kept !== text)
      console.log(`${fileOf(template)} is not what the page functions make; run node tests/pages/make.js`);
    differ += kept === text ? 0 : 1;
  } else writeFileSync(path, text);
}
process.exit(differ ? 1 : 0);
