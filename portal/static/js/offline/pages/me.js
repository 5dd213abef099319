// /me: who I am, my devices, how it looks, the PIN, signing out.

import { setSetting } from "../../store/device.js";
import { checkPassword, checkPin, isPin, removePin, setPin } from "../../store/pin.js";
import { signOut } from "../../sync/sign-out.js";
import { field } from "../fields.js";
import { msgid } from "../labels.js";
import { page, redirect } from "../router.js";
import * as say from "../say.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 */

const ROLES = {
  agent: msgid("Agent"),
  leader: msgid("Team leader"),
  office: msgid("Office staff"),
  manager: msgid("Branch manager"),
};
/** @type {Record<string, [string, string][]>} */
const CHOICES = {
  type: [
    ["normal", msgid("Standard")],
    ["large", msgid("Large")],
  ],
  theme: [
    ["system", msgid("Phone's")],
    ["light", msgid("Light")],
    ["dark", msgid("Dark")],
  ],
  language: [
    ["zh-CN", "中文"],
    ["en", "English"],
  ],
};
const NOT_PIN = msgid("Enter six digits.");
const NOT_SAME = msgid("The two are not the same.");
const WRONG_PIN = msgid("This is not the PIN.");
const WRONG_PASSWORD = msgid("This is not the password.");
const NEEDS_NETWORK = msgid("The password can only be checked with a network.");
const SIGN_IN_FIRST = msgid("Your sign-in has ended. Please sign in again first.");

/** @param {Pick<Context, "agent" | "settings">} context @returns {boolean} */
export function hasPin({ agent, settings }) {
  return Boolean(settings[`pin:${agent.id}`]);
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function index(context) {
  const { _, agent, settings, status } = context;
  const pin = hasPin(context);
  const devices = await devicesOf(context);
  return page(
    "me/index.html",
    {
      name: agent.name,
      initial: say.initial(agent.name),
      about: about(context),
      has_conflicts: status.conflicts > 0,
      conflicts_text: String(status.conflicts),
      sync_sub: syncSub(context),
      devices: devices.slice(0, 3),
      looks: ["type", "theme", "language"].map((name) => look(context, name, settings[name])),
      has_pin: pin,
      pin_text: pin ? _("set") : _("not set"),
    },
    { tab: "me" },
  );
}

/** @param {Context} context @returns {string} unit and registration number */
function about(context) {
  const { _, agent } = context;
  const role = _(ROLES[/** @type {"agent"} */ (agent.role)] ?? "Agent");
  const number = agent.registration ? _("registration %(n)s", { n: agent.registration }) : "";
  return say.joined(context, [agent.unit_name, role, number]);
}

/** @param {Context} context */
function syncSub({ _, ngettext, status, ...rest }) {
  if (status.waiting) return ngettext("%(n)s entry waits to be sent", "%(n)s entries wait to be sent", status.waiting);
  if (!status.last_synced_at) return _("Not synced yet.");
  return _("Last synced %(when)s.", { when: say.moment({ _, ngettext, ...rest }, status.last_synced_at) });
}

/** @param {Context} context @param {string} name @param {string | undefined} kept */
function look({ _, lang }, name, kept) {
  const chosen = name === "language" ? lang : (kept ?? CHOICES[name][0][0]);
  /** @type {Record<string, string>} */
  const labels = { type: _("Type size"), theme: _("Appearance"), language: _("Language") };
  return {
    name,
    id: `look-${name}`,
    label: labels[name],
    options: CHOICES[name].map(([value, text]) => ({
      value,
      text: name === "language" ? text : _(text),
      checked: value === chosen,
      lang: name === "language" ? value : lang,
    })),
  };
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function change({ form }) {
  for (const name of Object.keys(CHOICES)) {
    const value = form?.get(name);
    if (CHOICES[name].some(([code]) => code === value)) await setSetting(name, value);
  }
  return redirect("/me");
}

// ---- devices --------------------------------------------------------------------------------------------------------

/** @param {Context} context @returns {Promise<Reply>} */
export async function devices(context) {
  const list = await devicesOf(context);
  return page("me/devices.html", { devices: list }, { tab: "me" });
}

/** @param {Context} context */
async function devicesOf(context) {
  const { _, ngettext, store, agent, status, settings } = context;
  const own = settings[`device:${agent.id}`]?.device ?? "";
  const rows = (await store.list("device")).filter((row) => !row.revoked_at);
  const others = rows.filter((row) => row.id !== own);
  others.sort((a, b) => ((a.last_seen_at ?? "") > (b.last_seen_at ?? "") ? -1 : 1));
  const this_ = rows.find((row) => row.id === own);
  const when = status.last_synced_at ? _("synced %(when)s", { when: say.moment(context, status.last_synced_at) }) : "";
  const waiting = (/** @type {number} */ n) => (n ? ngettext("%(n)s waiting", "%(n)s waiting", n) : "");
  return [
    {
      text: say.joined(context, [this_?.label ?? "", _("this phone")]),
      sub: say.joined(context, [when, waiting(status.waiting)]) || _("Not synced yet."),
      is_own: true,
      revoke_href: "",
      revoke_label: "",
    },
    ...others.map((row) => ({
      text: row.label,
      sub: say.joined(context, [
        row.last_seen_at
          ? _("last seen %(when)s", { when: say.near(context, say.dayOf(row.last_seen_at)) })
          : _("never seen"),
        waiting(row.waiting ?? 0),
      ]),
      is_own: false,
      revoke_href: `/account/devices/${row.id}/revocations`,
      revoke_label: _("Revoke %(label)s", { label: row.label }),
    })),
  ];
}

/** @returns {Reply} */
export function install() {
  return page("me/install.html", {}, { tab: "me" });
}

// ---- the PIN --------------------------------------------------------------------------------------------------------

/** @param {Context} context @returns {Promise<Reply>} */
export async function pin(context) {
  return pinForm(context, {});
}

/**
 * @param {Context} context
 * @param {Record<string, string>} errors
 * @returns {Promise<Reply>}
 */
async function pinForm(context, errors) {
  const { _, agent } = context;
  const has_pin = hasPin(context);
  return page(
    "me/pin.html",
    {
      title: has_pin ? _("Change the PIN") : _("Set a PIN"),
      has_pin,
      current: secret(context, "current", _("PIN until now"), errors),
      first: secret(context, "pin", has_pin ? _("New PIN") : _("PIN, six digits"), errors),
      again: secret(context, "again", _("Once more"), errors),
    },
    { status: Object.keys(errors).length ? 422 : 200, tab: "me" },
  );
}

/**
 * @param {Context} context
 * @param {string} name
 * @param {string} label
 * @param {Record<string, string>} errors
 * @param {boolean} [digits]
 */
function secret(context, name, label, errors, digits = true) {
  const made = field(
    context,
    "customer",
    `secret_${name}`,
    { row: null, errors: errors[name] ? { [`secret_${name}`]: errors[name] } : {} },
    {
      id: `s-${name}`,
      label,
      type: "password",
    },
  );
  return {
    ...made,
    name,
    inputmode: digits ? "numeric" : "text",
    maxlength: digits ? 6 : 256,
    autocomplete: digits ? "off" : "current-password",
  };
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function savePin(context) {
  const { _, agent, form } = context;
  const [current, first, again] = ["current", "pin", "again"].map((name) => form?.get(name) ?? "");
  /** @type {Record<string, string>} */
  const errors = {};
  if (!isPin(first)) errors.pin = NOT_PIN;
  else if (first !== again) errors.again = NOT_SAME;
  if (!Object.keys(errors).length && hasPin(context)) {
    const { answer } = await checkPin(agent.id, current);
    if (answer === "locked") return redirect("/me/pin/forgotten");
    if (answer !== "right") errors.current = WRONG_PIN;
  }
  if (Object.keys(errors).length) return pinForm(context, errors);
  await setPin(agent.id, first);
  return redirect("/me", { toast: _("The PIN is set") });
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function forgotten(context) {
  return passwordForm(context, "");
}

/**
 * @param {Context} context
 * @param {string} error
 * @returns {Reply}
 */
function passwordForm(context, error) {
  const { _ } = context;
  return page(
    "me/password.html",
    {
      title: _("Forgot the PIN"),
      password: secret(context, "password", _("Password"), error ? { password: error } : {}, false),
    },
    { status: error ? 422 : 200 },
  );
}

/** @param {Context} context @returns {Promise<Reply>} the password opens, and the PIN is to be set anew */
export async function forgot(context) {
  const { _, agent, form } = context;
  const answer = await checkPassword(agent.id, form?.get("password") ?? "");
  if (answer === "wrong") return passwordForm(context, WRONG_PASSWORD);
  if (answer === "offline") return passwordForm(context, NEEDS_NETWORK);
  if (answer === "sign_in") return passwordForm(context, SIGN_IN_FIRST);
  await removePin(agent.id);
  await setSetting("locked", null);
  return redirect("/me/pin", { toast: _("Please set a new PIN") });
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function lock(context) {
  if (!hasPin(context)) return redirect("/me/pin");
  await setSetting("locked", true);
  return redirect("/me/unlock");
}

/** @param {Context} context @returns {Reply} */
export function unlock(context) {
  return lockPage(context, "");
}

/**
 * @param {Context} context
 * @param {string} error
 * @returns {Reply}
 */
function lockPage(context, error) {
  const { _, agent } = context;
  return page(
    "me/unlock.html",
    { name: agent.name, pin: secret(context, "pin", _("PIN, six digits"), error ? { pin: error } : {}) },
    { status: error ? 422 : 200 },
  );
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function open(context) {
  const { agent, form } = context;
  const { answer } = await checkPin(agent.id, form?.get("pin") ?? "");
  if (answer === "locked") return redirect("/me/pin/forgotten");
  if (answer === "wrong") return lockPage(context, WRONG_PIN);
  await setSetting("locked", null);
  return redirect("/today");
}

// ---- signing out ----------------------------------------------------------------------------------------------------

/** @param {Context} context @returns {Promise<Reply>} */
export async function leaving(context) {
  const { ngettext, store } = context;
  const { waiting, refused } = await store.status();
  const unsent = waiting + refused;
  return page(
    "me/sign_out.html",
    {
      has_unsent: unsent > 0,
      unsent_text: ngettext(
        "%(n)s entry is only on this phone and would be lost.",
        "%(n)s entries are only on this phone and would be lost.",
        Math.max(1, unsent),
      ),
    },
    { tab: "me" },
  );
}

/** @param {Context} context @returns {Promise<Reply>} sends first; what could not be sent is only lost when said so */
export async function leave(context) {
  const done = await signOut(context.store, { lose: context.form?.get("lose") === "true" });
  return done ? page("me/signed_out.html", {}) : leaving(context);
}
