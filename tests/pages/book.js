// A small book for the pages: the Li family of the demo, people of today's list, and everything a page can show.
// Its today is Tuesday, 24 November 2026.

import { readFileSync } from "node:fs";
import { learnWords } from "../../portal/static/js/offline/words.js";
import { hear } from "../../portal/static/js/domain/pinyin.js";
import { lineOf } from "../../portal/static/js/store/search-lines.js";
import { search } from "../../portal/static/js/domain/search.js";
import { fieldsOf } from "../../portal/static/js/store/book.js";

const generated = (/** @type {string} */ name) =>
  JSON.parse(readFileSync(new URL(`../../portal/static/js/generated/${name}.json`, import.meta.url), "utf8"));
hear(generated("sounds"));
learnWords(generated("words"));

export const NOW = new Date("2026-11-24T01:30:00.000Z");
export const TODAY = "2026-11-24";
export const ME = "01900000-0000-7000-8000-00000000a001";
export const WANG = "01900000-0000-7000-8000-00000000a002";
export const AGENT = {
  id: ME,
  name: "沈清越",
  role: "agent",
  unit_name: "望江二部",
  registration: "0200-2345",
  phone: "13800000088",
  colleagues: { [WANG]: "王芳" },
};

/** @param {string} tail @returns {string} */
export const id = (tail) => `01900000-0000-7000-8000-${tail.padStart(12, "0")}`;

/** @param {string} kind @param {string} tail @param {Record<string, any>} fields */
function row(kind, tail, fields) {
  const blank = Object.fromEntries(Object.keys(fieldsOf(kind)).map((name) => [name, null]));
  const made = { created_at: "2026-10-01T02:00:00.000Z", updated_at: "2026-10-01T02:00:00.000Z" };
  return { id: id(tail), ver: 3, ...made, ...blank, ...fields };
}

const customer = (/** @type {string} */ tail, /** @type {any} */ fields) => row("customer", tail, fields);

const LIN = customer("c001", {
  name: "林雪梅",
  gender: "female",
  birth_date: "1986-03-18",
  mobile: "13800007733",
  marital: "married",
  education: "本科",
  employer: "启明小学",
  position: "小学教师",
  occupation_class: 1,
  city: "杭州",
  home_address: "杭州云栖里 3 栋 1202",
  housing: "owned",
  has_car: true,
  hobbies: "羽毛球",
  social_insurance: ["employee"],
  source: "转介绍",
  stage: "loyal",
  contact_permission: "service",
  tags_value: ["白金"],
  tags_need: ["孩子医疗"],
  id_expiry: "long",
  best_contact_time: "下午两点后",
  flags: { contact_permission: { kept: "service", lost: "any", at: "2026-11-23T01:00:00.000Z" } },
});
const relative = (/** @type {string} */ tail, /** @type {any} */ fields) =>
  row("relative", tail, { customer_id: LIN.id, ...fields });
const JIANGUO = relative("d001", {
  name: "李建国",
  relation: "spouse",
  gender: "male",
  birth_date: "1986-06-02",
  lives_with: true,
});
const SIYUAN = relative("d002", { name: "李思源", relation: "child", gender: "male", birth_date: "2017-05-20" });
const SIQI = relative("d003", { name: "李思齐", relation: "child", gender: "female", birth_date: "2022-09-09" });
const GUODONG = relative("d004", {
  name: "李国栋",
  relation: "parent_in_law",
  gender: "male",
  birth_date: "1957-01-15",
  late_from: WANG,
});

/** @param {string} tail @param {any} insured @param {any} fields */
function policy(tail, insured, fields) {
  const kind = insured.relation ? "relative" : "customer";
  const of = { customer_id: LIN.id, insured: { kind, id: insured.id }, applicant: { kind: "customer", id: LIN.id } };
  return row("policy", tail, { insurer: "晨渡人寿（演示）", pay_mode: "year", ...of, ...fields });
}

const LI = {
  customer: LIN,
  relatives: [JIANGUO, SIYUAN, SIQI, GUODONG],
  analyses: [],
  policies: [
    policy("e001", JIANGUO, {
      kind: "term",
      product_name: "安心定期寿险",
      number: "LX20231107",
      sum_assured_fen: 100_000_000,
      premium_fen: 186_000,
      effective_date: "2020-04-23",
      pay_years: 20,
      next_due_date: "2027-04-23",
      beneficiaries: [
        { ref: { kind: "customer", id: LIN.id }, order: 1, share_bp: 6000 },
        { ref: { name: "李建军" }, order: 1, share_bp: 4000 },
      ],
    }),
    policy("e002", JIANGUO, {
      kind: "medical",
      product_name: "百万医疗",
      sum_assured_fen: 200_000_000,
      premium_fen: 45_800,
      effective_date: "2025-12-08",
      expiry_date: "2026-12-08",
    }),
    policy("e003", LIN, {
      kind: "ci",
      sum_assured_fen: 20_000_000,
      premium_fen: 465_000,
      effective_date: "2021-02-28",
      next_due_date: "2027-02-28",
    }),
    policy("e004", SIYUAN, {
      kind: "accident",
      sum_assured_fen: 2_000_000,
      late_from: WANG,
      effective_date: "2026-06-13",
      expiry_date: "2027-06-13",
    }),
    policy("e005", GUODONG, {
      kind: "annuity",
      terminated_on: "2024-05-01",
      termination: "surrendered",
      effective_date: "2014-05-01",
    }),
  ],
  visits: [
    row("visit", "f001", {
      customer_id: LIN.id,
      channel: "visit",
      planned_at: "2026-11-24T06:00:00.000Z",
      purpose: "保障分析",
      note: "答应带两份重疾对比；不提老人住院",
    }),
    row("visit", "f002", {
      customer_id: LIN.id,
      channel: "call",
      started_at: "2026-11-21T02:20:00.000Z",
      minutes: 6,
      outcome: "considering",
      next_step: "visit",
      next_date: "2026-11-24",
      note: "二宝上幼儿园，想先看孩子的医疗和重疾",
    }),
    row("visit", "f003", {
      customer_id: LIN.id,
      channel: "visit",
      started_at: "2026-10-09T07:00:00.000Z",
      minutes: 40,
      purpose: "意外险续保",
      note: "建国 100 万、雪梅 50 万，年交 870 元",
      late_from: WANG,
    }),
  ],
  consents: ["data", "sensitive", "child"].map((purpose, place) =>
    row("consent", `ab0${place}`, {
      customer_id: LIN.id,
      purpose,
      given: purpose !== "child",
      text_id: purpose,
      text_version: "1",
      by: purpose === "child" ? "guardian" : "self",
      guardian_name: purpose === "child" ? "李建国" : null,
      at: purpose === "child" ? "2026-05-02T06:06:00.000Z" : "2026-03-01T06:06:00.000Z",
    }),
  ),
  conflicts: [],
};

/** @param {any} person @param {any} [more] */
const alone = (person, { policies = [], visits = [], relatives = [] } = {}) => ({
  customer: person,
  relatives,
  analyses: [],
  policies,
  visits,
  consents: [],
  conflicts: [],
});

const ZHOU = customer("c002", {
  name: "周玉兰",
  gender: "female",
  birth_date: "1958-08-16",
  mobile: "13800000001",
  stage: "client",
});
const WU = customer("c003", {
  name: "吴晓燕",
  gender: "female",
  birth_date: "1984-11-24",
  mobile: "13800000002",
  city: "杭州",
});
const CHEN = customer("c004", { name: "陈立新", gender: "male", birth_date: "1975-05-03", mobile: "13800000003" });
const SUN = customer("c005", { name: "孙浩然", gender: "male", birth_date: "1979-12-01", mobile: "13800000004" });
const LUO = customer("c006", {
  name: "罗晓梦",
  gender: "female",
  birth_date: "1997-06-12",
  stage: "potential",
  source: "转介绍",
});
const MA = customer("c007", { name: "马俊", gender: "male", contact_permission: "none", mobile: "13800000007" });
const FENG = customer("c008", { name: "冯一", gender: "male", employer: "晨光印刷" });
const of = (/** @type {any} */ person) => ({ customer_id: person.id });

export const TREES = [
  LI,
  alone(ZHOU, {
    policies: [
      row("policy", "e011", {
        ...of(ZHOU),
        kind: "whole_life",
        premium_fen: 642_000,
        next_due_date: "2026-11-23",
        effective_date: "2018-11-23",
      }),
    ],
  }),
  alone(WU, {
    visits: [
      row("visit", "f011", {
        ...of(WU),
        channel: "call",
        started_at: "2026-10-14T03:00:00.000Z",
        note: "女儿考上了高中",
      }),
    ],
  }),
  alone(CHEN, {
    policies: [
      row("policy", "e012", {
        ...of(CHEN),
        kind: "medical",
        premium_fen: 126_000,
        next_due_date: "2026-12-08",
        effective_date: "2025-12-08",
        number: "LX88",
        plate: "浙A12345",
      }),
    ],
    visits: [
      row("visit", "f012", {
        ...of(CHEN),
        channel: "call",
        planned_at: "2026-11-24T08:30:00.000Z",
        purpose: "续期提醒",
      }),
    ],
  }),
  alone(SUN, {
    relatives: [
      row("relative", "d011", {
        ...of(SUN),
        name: "孙小明",
        relation: "child",
        gender: "male",
        birthday_calendar: "lunar",
        birthday_month: 10,
        birthday_day: 16,
      }),
    ],
  }),
  alone(LUO, {
    visits: [
      row("visit", "f013", {
        ...of(LUO),
        channel: "message",
        started_at: "2026-11-19T12:00:00.000Z",
        next_step: "call",
        next_date: "2026-11-23",
        note: "林雪梅介绍",
      }),
    ],
  }),
  alone(MA, {
    policies: [
      row("policy", "e013", {
        ...of(MA),
        kind: "motor",
        expiry_date: "2026-11-20",
        plate: "浙A00007",
        effective_date: "2025-11-20",
      }),
    ],
  }),
  alone(FENG, {
    visits: [row("visit", "f014", { ...of(FENG), channel: "visit", planned_at: "2026-11-22T02:00:00.000Z" })],
  }),
];

/** @param {string} tail @param {any} fields */
export function conflict(tail, fields) {
  return {
    ...row("conflict", tail, {}),
    record_kind: "customer",
    record_id: LIN.id,
    tree_id: LIN.id,
    author: ME,
    author_name: "沈清越",
    author_device: id("aa01"),
    author_label: "Mate 60",
    author_at: "2026-11-24T02:20:00.000Z",
    author_at_about: null,
    theirs_by: WANG,
    theirs_name: "王芳",
    theirs_device: id("aa02"),
    theirs_label: "Office",
    theirs_at: "2026-11-24T03:05:00.000Z",
    theirs_ver: 4,
    created_at: "2026-11-24T03:30:00.000Z",
    ...fields,
  };
}

export const CONFLICTS = [
  conflict("cf01", { field: "mobile", base: "13800007733", mine: "13800008812", theirs: "13900009921" }),
  conflict("cf02", {
    field: "tags_value",
    base: ["白金"],
    mine: null,
    theirs: ["白金", "转介绍"],
    theirs_by: ME,
    theirs_name: "沈清越",
    theirs_label: "Redmi 9",
    author_at_about: true,
  }),
  conflict("cf03", {
    field: null,
    base: null,
    mine: { deleted: true },
    theirs: { changed: [{ kind: "customer", id: LIN.id, fields: { home_address: "杭州锦澜园 2 栋" } }] },
  }),
  conflict("cf04", {
    record_kind: "policy",
    record_id: id("e001"),
    field: "insured",
    base: null,
    mine: { kind: "customer", id: LIN.id },
    theirs: { kind: "relative", id: JIANGUO.id },
    author: WANG,
    author_name: "王芳",
    theirs_by: id("a003"),
    theirs_name: "赵内勤",
  }),
  conflict("cf05", {
    field: "city",
    base: "上海",
    mine: "杭州",
    theirs: "宁波",
    resolution: "other",
    value: "绍兴",
    resolved_by: ME,
    resolved_name: "沈清越",
    resolved_at: "2026-11-24T04:00:00.000Z",
  }),
  conflict("cf06", {
    field: null,
    author: WANG,
    author_name: "王芳",
    theirs_by: ME,
    theirs_name: "沈清越",
    base: null,
    mine: { set: { note: "改约周五" } },
    theirs: { deleted: true },
  }),
  conflict("cf07", {
    record_id: id("c0ff"),
    tree_id: id("c0ff"),
    field: "birth_date",
    base: null,
    mine: "1990-01-02",
    theirs: "1990-02-01",
  }),
];

const item = (/** @type {any} */ fields) => ({
  n: null,
  op: "update",
  kind: "customer",
  id: LIN.id,
  set: {},
  at: "2026-11-24T01:12:00.000Z",
  customer_id: LIN.id,
  title: "林雪梅",
  label: null,
  can_undo: false,
  ...fields,
});

export const OUTBOX = {
  waiting: [
    item({ seq: 11, set: { mobile: ["13800007733", "13800008812"] } }),
    item({
      seq: 12,
      op: "create",
      kind: "visit",
      id: id("f099"),
      label: "Visit",
      set: { customer_id: [null, LIN.id], outcome: [null, "wants_proposal"], note: [null, "周五发建议书"] },
    }),
    item({ seq: 13, op: "delete", kind: "relative", id: SIQI.id, can_undo: true, label: null }),
    item({
      seq: 14,
      op: "create",
      kind: "customer",
      id: id("c009"),
      customer_id: id("c009"),
      title: null,
      set: { name: [null, "新客户"], tags_need: [null, ["养老"]] },
      label: "New customer",
      at: "2026-11-23T09:00:00.000Z",
    }),
  ],
  rejected: [
    item({
      seq: 5,
      n: 41,
      op: "create",
      kind: "policy",
      id: id("e099"),
      title: "马俊",
      label: "New policy",
      customer_id: MA.id,
      set: {
        customer_id: [null, MA.id],
        kind: [null, "motor"],
        number: [null, "PD 1/?"],
        premium_fen: [null, 320_000],
      },
      error: {
        code: "invalid",
        message: "Some of this needs another look.",
        fields: { number: ["A policy number has letters and digits only."] },
      },
    }),
    item({
      seq: 6,
      n: 42,
      op: "delete",
      title: null,
      customer_id: null,
      error: { code: "left_scope", message: "This is no longer in your book.", fields: {} },
    }),
  ],
  received: [
    item({
      seq: 1,
      n: 38,
      kind: "visit",
      op: "create",
      title: "陈立新",
      label: "Call",
      verdict: "ok",
      acked_at: "2026-11-24T00:41:00.000Z",
      set: {},
    }),
    item({
      seq: 2,
      n: 37,
      kind: "conflict",
      title: "周玉兰",
      verdict: "ok",
      acked_at: "2026-11-20T00:41:00.000Z",
      set: { resolution: [null, "mine"] },
    }),
  ],
};

export const DEVICES = [
  {
    ...row("device", "aa01", {}),
    label: "Mate 60, Chrome",
    last_seen_at: "2026-11-24T00:41:00.000Z",
    waiting: 0,
    revoked_at: null,
  },
  {
    ...row("device", "aa09", {}),
    label: "Redmi 9",
    last_seen_at: "2026-11-02T00:41:00.000Z",
    waiting: 2,
    revoked_at: null,
  },
  { ...row("device", "aa08", {}), label: "iPhone", last_seen_at: null, waiting: null, revoked_at: null },
];

export const STATUS = {
  waiting: 0,
  oldest_at: null,
  refused: 0,
  conflicts: 0,
  last_synced_at: "2026-11-24T00:41:00.000Z",
  ready: true,
  loading: { done: 0, total: 0, parts: {} },
  trouble: null,
  evicted_at: null,
  evicted_waiting: 0,
  restored: null,
  mended: null,
};

/** A store over plain rows: what the page functions ask for, and nothing else. */
export class PlainStore {
  /** @param {{trees?: any[], conflicts?: any[], outbox?: any, devices?: any[], drafts?: string[], status?: any,
   *   notes?: Record<string, any>, definitions?: Record<string, any[]>, blobs?: Record<string, any>,
   *   cursor?: string}} [with_] notes: drafts by key */
  constructor({
    trees = TREES,
    conflicts = [],
    outbox = { waiting: [], rejected: [], received: [] },
    devices = DEVICES,
    drafts = [],
    status = {},
    notes = {},
    definitions = {},
    blobs = {},
    cursor = "1",
  } = {}) {
    this.trees = trees;
    this.cursor = cursor;
    this.tables = blobs;
    this.kept = { conflicts, outbox, devices, drafts, status: { ...STATUS, ...status }, notes, definitions };
  }

  async hear() {
    return true;
  }

  /** @param {string} kind @param {string} id */
  async isSent(kind, id) {
    return !this.kept.outbox.waiting.some((/** @type {any} */ item) => item.kind === kind && item.id === id);
  }

  /** @param {string} wanted */
  async tree(wanted) {
    const found = this.trees.find(({ customer: { id: own } }) => own === wanted);
    return found
      ? { proposals: [], ...found, conflicts: this.kept.conflicts.filter((row) => row.tree_id === wanted) }
      : null;
  }

  /** @param {string} kind @param {string} wanted */
  async get(kind, wanted) {
    if (kind === "conflict") return this.kept.conflicts.find((row) => row.id === wanted) ?? null;
    if (kind === "analysis")
      return this.trees.flatMap((tree) => tree.analyses).find((row) => row.id === wanted) ?? null;
    if (kind === "proposal")
      return this.trees.flatMap((tree) => tree.proposals ?? []).find((row) => row.id === wanted) ?? null;
    return this.trees.map((tree) => tree.customer).find((row) => row.id === wanted) ?? null;
  }

  /** @param {string} kind */
  async list(kind) {
    if (kind in this.kept.definitions) return this.kept.definitions[kind];
    if (kind === "proposal") return this.trees.flatMap((tree) => tree.proposals ?? []);
    if (kind === "product" || kind === "ruleset") return [];
    return kind === "device" ? this.kept.devices : this.kept.conflicts;
  }

  async meta() {
    return this.cursor;
  }

  /** @param {string[]} wanted */
  async blobs(wanted) {
    return Object.fromEntries(wanted.filter((sha) => sha in this.tables).map((sha) => [sha, this.tables[sha]]));
  }

  async dropDraft() {}

  async book() {
    const lines = this.trees.map((tree) => lineOf(tree));
    return lines.sort((a, b) => ((a.keys[0] ?? "") < (b.keys[0] ?? "") ? -1 : 1));
  }

  /** @param {string} q */
  async search(q) {
    return search(await this.book(), q);
  }

  async conflicts() {
    return this.kept.conflicts.filter((row) => !row.resolution);
  }

  async drafts() {
    return [...this.kept.drafts, ...Object.keys(this.kept.notes)];
  }

  /** @param {string} key */
  async draft(key) {
    return structuredClone(this.kept.notes[key]) ?? null;
  }

  async saveDraft() {}

  async outbox() {
    return this.kept.outbox;
  }

  async status() {
    return this.kept.status;
  }

  async commit() {
    return { seqs: [7] };
  }

  async retry() {
    return { seqs: [8] };
  }

  async discard() {}

  async undo() {
    return true;
  }
}
