// What is asked of outbox/, conflicts/ and me/ so that every branch of their templates is shown.

import { AGENT, CONFLICTS, ME, OUTBOX, STATUS, WANG, conflict, id } from "./book.js";

const LIN = id("c001");
const AT = "2026-11-24T01:12:00.000Z";
/** @param {any} fields @returns {any} an edit of the customer Lin Xuemei */
const edit = (fields) => ({
  n: null,
  op: "update",
  kind: "customer",
  id: LIN,
  set: {},
  at: AT,
  customer_id: LIN,
  title: "林雪梅",
  label: null,
  can_undo: false,
  ...fields,
});
/** @param {number} seq @param {any} error @param {any} fields */
const refused = (seq, error, fields) =>
  edit({ seq, n: seq, error: { message: "Some of this needs another look.", fields: {}, ...error }, ...fields });

/** Everything that can be on its way, in words. */
const WAITING = [
  edit({ seq: 30, set: { mobile: ["13800007733", "13800008812"] } }),
  edit({ seq: 31, set: { mobile: ["13800007733", "13800008812"], home_address: [null, "杭州锦澜园 2 栋"] } }),
  edit({
    seq: 32,
    set: {
      smoker: [null, false],
      annual_income_fen: [null, 30_000_000],
      city: ["杭州", null],
      stage: [null, "client"],
    },
  }),
  edit({
    seq: 33,
    op: "create",
    kind: "visit",
    id: id("f09a"),
    set: {
      customer_id: [null, LIN],
      channel: [null, "call"],
      started_at: [null, AT],
      outcome: [null, "wants_proposal"],
      next_step: [null, "proposal"],
      next_date: [null, "2026-11-27"],
    },
  }),
  edit({
    seq: 34,
    op: "create",
    kind: "visit",
    id: id("f09b"),
    set: { customer_id: [null, LIN], channel: [null, "visit"], planned_at: [null, "2026-11-26T06:00:00.000Z"] },
  }),
  edit({ seq: 35, kind: "visit", id: id("f002"), set: { note: ["", "改约周五"] } }),
  edit({
    seq: 36,
    op: "create",
    kind: "relative",
    id: id("d099"),
    set: { customer_id: [null, LIN], name: [null, "李小明"], relation: [null, "child"] },
  }),
  edit({ seq: 37, kind: "relative", id: id("d001"), set: { birth_date: ["1986-06-02", "1986-06-12"] } }),
  edit({
    seq: 38,
    op: "create",
    kind: "policy",
    id: id("e09a"),
    set: {
      customer_id: [null, LIN],
      kind: [null, "medical"],
      insured: [null, { name: "李大伯" }],
      sum_assured_fen: [null, 200_000_000],
    },
  }),
  edit({ seq: 39, kind: "policy", id: id("e001"), set: { number: ["LX20231107", "LX20231108"] } }),
  edit({
    seq: 40,
    op: "create",
    kind: "consent",
    id: id("ab09"),
    set: { customer_id: [null, LIN], purpose: [null, "data"], given: [null, true] },
  }),
  edit({ seq: 41, op: "delete", kind: "relative", id: id("d003"), can_undo: true, set: {} }),
  edit({
    seq: 42,
    op: "create",
    id: id("c009"),
    customer_id: id("c009"),
    title: null,
    set: { name: [null, "新客户"], tags_need: [null, ["养老"]] },
  }),
  edit({ seq: 43, kind: "conflict", id: CONFLICTS[4].id, set: { resolution: [null, "mine"] } }),
  edit({ seq: 44, kind: "conflict", id: id("cfff"), set: { resolution: [null, "mine"] } }),
  edit({
    seq: 45,
    kind: "relative",
    id: id("d0ff"),
    customer_id: null,
    title: null,
    set: { mobile: [null, "13800000009"] },
    at: "2026-11-23T01:12:00.000Z",
  }),
];

const REJECTED = [
  ...OUTBOX.rejected,
  refused(
    50,
    { code: "invalid", fields: { mobile: ["Enter an 11-digit mobile number."] } },
    { set: { mobile: ["13800007733", "1380000881"], city: ["杭州", "宁波"] } },
  ),
  refused(
    51,
    {
      code: "invalid",
      fields: { annual_income_fen: ["First record the customer's consent to keeping sensitive information."] },
    },
    { set: { annual_income_fen: [null, 30_000_000] } },
  ),
  refused(
    52,
    {
      code: "invalid",
      fields: {
        insured: ["Choose somebody from this family."],
        beneficiaries: ["The shares in each order must add up to 100 percent."],
      },
    },
    {
      kind: "policy",
      op: "create",
      id: id("e09b"),
      set: {
        customer_id: [null, LIN],
        kind: [null, "term"],
        insured: [null, { kind: "relative", id: id("d0ff") }],
        beneficiaries: [null, [{ ref: { name: "李建军" }, order: 1, share_bp: 4000 }]],
      },
    },
  ),
  refused(
    53,
    { code: "invalid", fields: { name: ["This is required."] } },
    {
      op: "create",
      id: id("c00a"),
      customer_id: id("c00a"),
      title: null,
      set: { name: [null, "张三"], mobile: [null, "13800000010"] },
    },
  ),
  refused(
    54,
    { code: "depends_on", message: "It belongs to an entry that was not accepted." },
    {
      op: "create",
      kind: "visit",
      id: id("f09c"),
      customer_id: id("c00a"),
      title: null,
      set: { customer_id: [null, id("c00a")], outcome: [null, "considering"], note: [null, "周末再谈"] },
    },
  ),
  refused(
    55,
    { code: "already_closed", message: "This was already decided otherwise." },
    { kind: "conflict", id: CONFLICTS[4].id, set: { resolution: [null, "mine"] } },
  ),
  refused(
    56,
    { code: "internal", message: "The server could not take this in. Please try again later." },
    { set: { note: [null, "下月再谈"], linked_customer_id: [null, null] } },
  ),
  refused(
    57,
    { code: "internal", message: "The server could not take this in. Please try again later." },
    { op: "delete", kind: "relative", id: id("d003"), set: {} },
  ),
];

const MORE = [
  conflict("cf20", {
    field: "annual_income_fen",
    base: 20_000_000,
    mine: 30_000_000,
    theirs: 36_000_000,
    theirs_by: ME,
    theirs_name: AGENT.name,
    theirs_label: "Redmi 9",
    theirs_device: id("aa09"),
  }),
  conflict("cf21", {
    record_kind: "relative",
    record_id: id("d001"),
    field: "linked_customer_id",
    base: null,
    mine: id("c002"),
    theirs: id("c0fe"),
    theirs_by: null,
    theirs_name: null,
    theirs_label: "Import",
  }),
  conflict("cf22", {
    record_kind: "visit",
    record_id: id("f002"),
    field: "minutes",
    base: 6,
    mine: 10,
    theirs: 20,
    theirs_by: null,
    theirs_name: null,
    theirs_label: null,
    theirs_at: null,
  }),
  conflict("cf23", { field: "stage", base: "client", mine: "loyal", theirs: "prospect", resolution: "mine" }),
  conflict("cf24", {
    field: null,
    record_kind: "policy",
    record_id: id("e001"),
    mine: { deleted: true },
    theirs: { changed: [] },
    theirs_by: ME,
    theirs_name: AGENT.name,
    theirs_label: "Redmi 9",
  }),
  conflict("cf25", {
    field: null,
    author: WANG,
    author_name: "王芳",
    theirs_by: id("a003"),
    theirs_name: "赵内勤",
    mine: { set: {} },
    theirs: { deleted: true },
  }),
  conflict("cf26", {
    field: null,
    record_kind: "relative",
    record_id: id("d0fd"),
    mine: { set: { customer_id: LIN, name: "李小明" } },
    theirs: null,
    theirs_by: WANG,
    theirs_name: "王芳",
  }),
  conflict("cf27", { field: "smoker", base: null, mine: true, theirs: false }),
  conflict("cf28", {
    field: "id_expiry",
    base: "2026-10-01",
    mine: "long",
    theirs: "2036-10-01",
    resolution: "theirs",
    resolved_by: WANG,
    resolved_name: "王芳",
    resolved_at: "2026-11-24T05:00:00.000Z",
  }),
  conflict("cf29", { field: "birth_date", base: "1986-03-18", mine: "1986-03-19", theirs: "1986-03-20" }),
];
const ALL = [...CONFLICTS, ...MORE];
// What the agent before had said, and what came of it late.
const LATE = [
  conflict("cf30", { field: "city", base: "杭州", mine: "宁波", theirs: "杭州", author: WANG, author_name: "王芳" }),
  conflict("cf31", {
    field: null,
    base: null,
    mine: { deleted: true },
    theirs: { changed: [] },
    author: WANG,
    author_name: "王芳",
  }),
];
const OPEN = ALL.filter((row) => !row.resolution).length;
const FULL = {
  conflicts: ALL,
  outbox: { ...OUTBOX, rejected: REJECTED },
  status: { ...STATUS, conflicts: OPEN, refused: REJECTED.length },
};
/** A change of three fields of which one is disputed, and a choice that came too late. */
const TELLING = {
  ...FULL,
  outbox: {
    ...OUTBOX,
    received: [
      edit({
        seq: 20,
        n: 39,
        kind: "conflict",
        id: MORE[0].id,
        verdict: "conflict",
        acked_at: AT,
        set: { resolution: [null, "mine"] },
      }),
      edit({
        seq: 19,
        n: 38,
        at: CONFLICTS[0].author_at,
        verdict: "conflict",
        acked_at: AT,
        set: { mobile: ["1", "2"], note: ["", "x"], tags_need: [null, ["养老"]] },
      }),
    ],
  },
};
const LOCKED = { [`pin:${ME}`]: {}, locked: true };
const resolutions = (/** @type {number} */ place) => `/conflicts/${ALL[place].id}/resolutions`;

export const SETTLING = [
  {
    name: "waiting, refused, received",
    path: "/outbox",
    store: {
      ...FULL,
      outbox: { ...OUTBOX, waiting: WAITING, rejected: REJECTED },
      status: { ...FULL.status, waiting: WAITING.length, trouble: "sign_in" },
    },
  },
  {
    name: "as drawn",
    path: "/outbox",
    store: {
      conflicts: CONFLICTS.slice(0, 1),
      outbox: { waiting: [WAITING[3], WAITING[4], WAITING[10]], rejected: [REJECTED[2]], received: OUTBOX.received },
      status: { ...STATUS, waiting: 3, refused: 1, conflicts: 1, offline: true },
    },
  },
  { name: "all sent", path: "/outbox", store: { outbox: { ...OUTBOX, waiting: [], rejected: [] } } },
  {
    name: "sent before today",
    path: "/outbox",
    store: {
      outbox: { waiting: [], rejected: [], received: OUTBOX.received.slice(1) },
      status: { ...STATUS, trouble: "upgrade" },
    },
  },
  {
    name: "nothing ever",
    path: "/outbox",
    store: { status: { ...STATUS, last_synced_at: null, trouble: "full", evicted_at: AT } },
  },
  { name: "received before", path: "/outbox/received", store: { outbox: OUTBOX } },
  { name: "nothing received", path: "/outbox/received" },
  ...REJECTED.map((item) => ({ name: `refused ${item.seq}`, path: `/outbox/${item.seq}`, store: FULL })),
  { name: "corrected wrongly", path: "/outbox/5/retries", form: { number: "还是/?" }, store: FULL },
  {
    name: "corrected in part",
    path: "/outbox/52/retries",
    form: { insured: `relative:${id("d0ff")}`, _out: ["", "beneficiaries"] },
    store: FULL,
  },
  { name: "throwing a refused one away", path: "/outbox/5/discard", store: FULL },
  { name: "throwing a refused decision away", path: "/outbox/55/discard", store: FULL },

  { name: "things to decide", path: "/conflicts", store: FULL },
  { name: "nothing to decide", path: "/conflicts" },
  { name: "nothing to decide any more", path: "/conflicts", store: { conflicts: [CONFLICTS[4], MORE[3]] } },
  ...ALL.map((row, place) => ({ name: `decision ${place + 1}`, path: `/conflicts/${row.id}`, store: FULL })),
  { name: "part of a bigger change", path: `/conflicts/${CONFLICTS[0].id}`, store: TELLING },
  { name: "late decisions", path: "/conflicts", store: { conflicts: LATE } },
  ...LATE.map((row, place) => ({
    name: `late decision ${place + 1}`,
    path: `/conflicts/${row.id}`,
    store: { ...FULL, conflicts: LATE },
  })),
  { name: "overtaken", path: `/conflicts/${MORE[0].id}`, store: TELLING },
  { name: "nothing chosen", path: resolutions(0), form: {}, store: FULL },
  {
    name: "another value, wrong",
    path: resolutions(0),
    form: { _ver: "9", resolution: "other", value: "138" },
    store: FULL,
  },
  {
    name: "another value, empty",
    path: resolutions(0),
    form: { _ver: "9", resolution: "other", value: "" },
    store: FULL,
  },
  {
    name: "another value that the rules refuse",
    path: `/conflicts/${id("cf29")}/resolutions`,
    form: { _ver: "9", resolution: "other", value: "2199-01-01" },
    store: FULL,
  },
  {
    name: "another person",
    path: `/conflicts/${id("cf04")}/resolutions`,
    form: { _ver: "9", resolution: "other", value: "" },
    store: FULL,
  },
  {
    name: "a decision while loading",
    path: `/conflicts/${CONFLICTS[0].id}`,
    store: { ...FULL, status: { ...STATUS, ready: false } },
  },

  { name: "me", path: "/me", store: FULL, settings: { [`pin:${ME}`]: {}, theme: "dark" } },
  {
    name: "me without a PIN, something unsent",
    path: "/me",
    store: { status: { ...STATUS, waiting: 2, last_synced_at: null }, devices: [] },
  },
  { name: "me with many devices", path: "/me", store: { devices: devices(5) } },
  { name: "me after the browser had cleared the phone", path: "/me", settings: { evicted_at: AT } },
  {
    name: "me after the server was restored",
    path: "/me",
    store: { status: { ...STATUS, restored: { at: AT, again: 3, gone: 1 }, mended: { at: AT, count: 1 } } },
  },
  {
    name: "the outbox after the server was restored",
    path: "/outbox",
    store: { status: { ...STATUS, restored: { at: AT, again: 1, gone: 0 } } },
  },
  { name: "devices", path: "/me/devices" },
  {
    name: "devices with their versions",
    path: "/me/devices",
    store: { devices: devices(2), status: { ...STATUS, waiting: 3, last_synced_at: null } },
  },
  { name: "putting it on the home screen", path: "/me/install" },
  { name: "what works without a signal", path: "/me/help" },
  { name: "setting a PIN", path: "/me/pin" },
  { name: "changing the PIN", path: "/me/pin", settings: { [`pin:${ME}`]: {} } },
  { name: "no six digits", path: "/me/pin", form: { pin: "12", again: "12" } },
  { name: "two PINs", path: "/me/pin", form: { pin: "123456", again: "123457" }, settings: { [`pin:${ME}`]: {} } },
  { name: "taking the PIN away", path: "/me/pin/removal", settings: { [`pin:${ME}`]: {} } },
  { name: "a forgotten PIN", path: "/me/pin/forgotten" },
  { name: "a forgotten PIN of a locked phone", path: "/me/pin/forgotten", settings: LOCKED },
  { name: "locked", path: "/me/unlock", settings: LOCKED },
  { name: "signing out", path: "/me/sign-out" },
  {
    name: "signing out with something unsent",
    path: "/me/sign-out",
    store: { status: { ...STATUS, waiting: 2, refused: 1 }, drafts: ["visit:1"] },
  },
];

/** Pages that need the browser's own crypto or a server to be answered: the model of such an answer. */
export const TRIED = [
  {
    template: "me/unlock.html",
    of: "locked",
    field: "pin",
    error: { "zh-CN": "密码不对，还可以试 3 次。", en: "This is not the PIN; 3 more tries." },
  },
  {
    template: "me/pin_removal.html",
    of: "taking the PIN away",
    field: "current",
    error: { "zh-CN": "密码不对，还可以试 3 次。", en: "This is not the PIN; 3 more tries." },
  },
  {
    template: "me/password.html",
    of: "a forgotten PIN",
    field: "password",
    error: { "zh-CN": "登录已过期，请先重新登录。", en: "Your sign-in has ended. Please sign in again first." },
    more: { has_sign_in: true },
  },
];

/** @param {number} count */
function devices(count) {
  return Array.from({ length: count }, (_, place) => ({
    id: id(`aa0${place + 1}`),
    label: place ? `Redmi ${place + 8}` : "Mate 60",
    last_seen_at: `2026-11-0${place + 1}T00:41:00.000Z`,
    waiting: place,
    build: "b1",
    revoked_at: place === 4 ? AT : null,
  }));
}
