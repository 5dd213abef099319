// /me: who I am, my devices, how it looks, the PIN, signing out.

import { BUILD } from "../../generated/build.js";
import { setSetting, settings } from "../../store/device.js";
import { TRIES, checkPassword, checkPin, isPin, removePin, setPin } from "../../store/pin.js";
import { signOut } from "../../sync/sign-out.js";
import { signOutHref } from "../closed.js";
import { eviction } from "../eviction.js";
import { msgid } from "../labels.js";
import { mendedText, recovered } from "../recovered.js";
import { page, redirect } from "../router.js";
import * as say from "../say.js";

/**
 * @typedef {import("../router.js").Context} Context
 * @typedef {import("../router.js").Reply} Reply
 * @typedef {import("../../store/index.js").Row} Row
 */

const SHOWN_DEVICES = 3;
/** Of a registration number the end is enough to know it by. */
const LAST = 4;
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
const WRONG_PASSWORD = msgid("This is not the password.");
const NEEDS_NETWORK = msgid("The password can only be checked with a network.");
const SIGN_IN_FIRST = msgid("Your sign-in has ended. Please sign in again first.");

/** @param {Pick<Context, "agent" | "settings">} context @returns {boolean} */
export function hasPin({ agent, settings }) {
  return Boolean(settings[`pin:${agent.id}`]);
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function index(context) {
  const { _, ngettext, agent, settings, status } = context;
  const pin = hasPin(context);
  const list = await devicesOf(context);
  return page(
    "me/index.html",
    {
      name: agent.name,
      initial: say.initial(agent.name),
      about: about(context),
      ...eviction(context),
      ...recovered(context),
      sync_sub: syncSub(context),
      has_refused: status.refused > 0,
      refused_text: ngettext("%(n)s sent back", "%(n)s sent back", status.refused),
      has_conflicts: status.conflicts > 0,
      conflicts_text: ngettext("%(n)s to decide", "%(n)s to decide", status.conflicts),
      devices: list.slice(0, SHOWN_DEVICES),
      has_others: list.length > 1,
      has_more_devices: list.length > SHOWN_DEVICES,
      devices_text: ngettext("All %(n)s", "All %(n)s", list.length),
      looks: ["type", "theme", "language"].map((name) => look(context, name, settings[name])),
      has_pin: pin,
      pin_text: pin ? _("set") : _("not set"),
    },
    { tab: "me" },
  );
}

/** @param {Context} context @returns {string} 望江二部，执业证 …2345 */
function about(context) {
  const { _, agent } = context;
  const role = _(ROLES[/** @type {"agent"} */ (agent.role)] ?? "Agent");
  const end = `…${agent.registration?.slice(-LAST)}`;
  const number = agent.registration ? _("registration %(n)s", { n: end }) : role;
  return say.joined(context, [agent.unit_name, number]);
}

/** @param {Context} context */
function syncSub(context) {
  const { _, ngettext, status } = context;
  if (status.waiting) return ngettext("%(n)s entry waits to be sent", "%(n)s entries wait to be sent", status.waiting);
  if (!status.last_synced_at) return _("Not synced yet.");
  return _("Last synced %(when)s.", { when: say.moment(context, status.last_synced_at) });
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

/** @returns {Reply} what works without a network, and what helps when something does not */
export function help() {
  return page("me/help.html", {}, { tab: "me" });
}

// ---- devices --------------------------------------------------------------------------------------------------------

/** @param {Context} context @returns {Promise<Reply>} */
export async function devices(context) {
  const list = await devicesOf(context);
  return page("me/devices.html", { devices: list }, { tab: "me" });
}

/** @param {Context} context this phone first, then the others, the last used first */
async function devicesOf(context) {
  const { store, agent, settings } = context;
  const own = settings[`device:${agent.id}`];
  const rows = (await store.list("device")).filter((row) => !row.revoked_at);
  const others = rows.filter((row) => row.id !== own?.device).sort(lastSeenFirst);
  const label = rows.find((row) => row.id === own?.device)?.label ?? own?.label ?? "";
  return [await thisPhone(context, label), ...others.map((row) => otherDevice(context, row))];
}

/** @param {Row} one @param {Row} other */
function lastSeenFirst(one, other) {
  return (one.last_seen_at ?? "") > (other.last_seen_at ?? "") ? -1 : 1;
}

/** @param {Context} context @param {string} label */
async function thisPhone(context, label) {
  const { _, ngettext, store, status } = context;
  const count = (await store.book()).length;
  const parts = [
    ngettext("%(n)s customer", "%(n)s customers", count),
    status.last_synced_at ? _("synced %(when)s", { when: say.moment(context, status.last_synced_at) }) : "",
    status.waiting ? ngettext("%(n)s waiting", "%(n)s waiting", status.waiting) : "",
    status.mended ? mendedText(context, status.mended.count) : "",
  ];
  return {
    text: say.joined(context, [label, _("this phone")]),
    sub: say.joined(context, parts),
    has_build: true,
    build: _("Version %(build)s", { build: BUILD }),
    is_own: true,
    revoke_href: "",
    revoke_label: "",
  };
}

/** @param {Context} context @param {Row} row */
function otherDevice(context, row) {
  const { _, ngettext } = context;
  const seen = row.last_seen_at && say.near(context, say.dayOf(row.last_seen_at));
  const parts = [
    seen ? _("last used %(when)s", { when: seen }) : _("never used"),
    row.waiting ? ngettext("%(n)s waiting", "%(n)s waiting", row.waiting) : "",
    row.mended ? mendedText(context, row.mended) : "",
  ];
  return {
    text: row.label,
    sub: say.joined(context, parts),
    has_build: Boolean(row.build),
    build: row.build ? _("Version %(build)s", { build: row.build }) : "",
    is_own: false,
    revoke_href: `/account/devices/${row.id}/revocations`,
    revoke_label: _("Revoke %(label)s", { label: row.label }),
  };
}

/** @returns {Reply} */
export function install() {
  return page("me/install.html", {}, { tab: "me" });
}

// ---- the PIN --------------------------------------------------------------------------------------------------------

/** @param {Context} context @returns {Reply} */
export function pin(context) {
  return pinForm(context, {});
}

/**
 * @param {Context} context
 * @param {Record<string, string>} errors in words
 * @returns {Reply}
 */
function pinForm(context, errors) {
  const { _ } = context;
  const has_pin = hasPin(context);
  return page(
    "me/pin.html",
    {
      title: has_pin ? _("Change the PIN") : _("Set a PIN"),
      has_pin,
      current: secret("current", _("PIN until now"), errors),
      first: secret("pin", has_pin ? _("New PIN") : _("PIN, six digits"), errors),
      again: secret("again", _("Once more"), errors),
    },
    { status: Object.keys(errors).length ? 422 : 200, tab: "me" },
  );
}

/**
 * A field that shows dots. For a PIN the keyboard has digits.
 * @param {string} name
 * @param {string} label
 * @param {Record<string, string>} errors in words
 * @param {{digits: boolean}} [kind]
 */
function secret(name, label, errors, { digits } = { digits: true }) {
  const error = errors[name] ?? "";
  return {
    name,
    id: `s-${name}`,
    label,
    type: "password",
    value: "",
    inputmode: digits ? "numeric" : "text",
    autocomplete: digits ? "off" : "current-password",
    maxlength: digits ? 6 : 256,
    required: true,
    has_unit: false,
    unit: "",
    has_hint: false,
    hint: "",
    has_error: error !== "",
    error,
    has_description: error !== "",
    described_by: error ? `s-${name}-error` : "",
  };
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function savePin(context) {
  const { _, agent, form } = context;
  const [current, wanted, again] = ["current", "pin", "again"].map((name) => form?.get(name) ?? "");
  /** @type {Record<string, string>} */
  const errors = {};
  if (!isPin(wanted)) errors.pin = _(NOT_PIN);
  else if (wanted !== again) errors.again = _(NOT_SAME);
  if (!Object.keys(errors).length && hasPin(context)) {
    const { answer, left } = await checkPin(agent.id, current);
    if (answer === "locked") return redirect("/me/pin/forgotten");
    if (answer !== "right") errors.current = wrong(context, left);
  }
  if (Object.keys(errors).length) return pinForm(context, errors);
  await setPin(agent.id, wanted);
  return redirect("/me", { toast: _("The PIN is set") });
}

/** @param {Context} context @param {number} left tries */
function wrong({ _, ngettext }, left) {
  const tries = ngettext("%(n)s more try", "%(n)s more tries", left);
  return _("This is not the PIN; %(tries)s.", { tries });
}

/** @param {Context} context @returns {Reply} */
export function removal(context) {
  return hasPin(context) ? removalForm(context, "") : redirect("/me/pin");
}

/** @param {Context} context @param {string} error in words @returns {Reply} */
function removalForm({ _ }, error) {
  return page(
    "me/pin_removal.html",
    { current: secret("current", _("PIN until now"), error ? { current: error } : {}) },
    { status: error ? 422 : 200, tab: "me" },
  );
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function dropPin(context) {
  const { _, agent, form } = context;
  const { answer, left } = await checkPin(agent.id, form?.get("current") ?? "");
  if (answer === "locked") return redirect("/me/pin/forgotten");
  if (answer === "wrong") return removalForm(context, wrong(context, left));
  await removePin(agent.id);
  return redirect("/me", { toast: _("The PIN is gone") });
}

/** @param {Context} context @returns {Reply} */
export function forgotten(context) {
  return passwordForm(context, "");
}

/**
 * @param {Context} context
 * @param {string} error msgid
 * @returns {Reply}
 */
function passwordForm({ _, settings }, error) {
  const errors = error ? { password: _(error) } : {};
  return page(
    "me/password.html",
    {
      back_href: settings.locked ? "/me/unlock" : "/me/pin",
      has_sign_in: error === SIGN_IN_FIRST,
      password: secret("password", _("Password"), /** @type {any} */ (errors), { digits: false }),
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
  return context.settings.locked ? lockPage(context, "") : redirect("/today");
}

/**
 * @param {Context} context
 * @param {string} error in words
 * @returns {Reply}
 */
function lockPage({ _, ngettext, agent }, error) {
  return page(
    "me/unlock.html",
    {
      name: agent.name,
      note: ngettext(
        "After %(n)s wrong try the password is asked for.",
        "After %(n)s wrong tries the password is asked for.",
        TRIES,
      ),
      pin: secret("pin", _("PIN, six digits"), error ? { pin: error } : {}),
    },
    { status: error ? 422 : 200 },
  );
}

/** @param {Context} context @returns {Promise<Reply>} */
export async function open(context) {
  const { agent, form } = context;
  const { answer, left } = await checkPin(agent.id, form?.get("pin") ?? "");
  if (answer === "locked") return redirect("/me/pin/forgotten");
  if (answer === "wrong") return lockPage(context, wrong(context, left));
  await setSetting("locked", null);
  // A customer has given the phone back: on with the report.
  const { locked } = context.settings;
  return redirect(typeof locked === "string" ? locked : "/today");
}

// ---- signing out ----------------------------------------------------------------------------------------------------

/** @param {Context} context @returns {Promise<Reply>} */
export async function leaving({ _, ngettext, store }) {
  const { waiting, refused } = await store.status();
  const drafts = (await store.drafts()).length;
  const lines = [
    waiting ? ngettext("%(n)s entry waits to be sent", "%(n)s entries wait to be sent", waiting) : "",
    refused ? ngettext("%(n)s entry was sent back", "%(n)s entries were sent back", refused) : "",
    drafts ? ngettext("%(n)s form is half filled", "%(n)s forms are half filled", drafts) : "",
  ].filter(Boolean);
  return page("me/sign_out.html", { has_unsent: lines.length > 0, lines }, { tab: "me" });
}

/** @param {Context} context @returns {Promise<Reply>} sends first; what could not be sent is only lost when said so */
export async function leave(context) {
  const outcome = await signOut(context.store, { lose: context.form?.get("lose") === "true" });
  if (outcome === "unsent") return leaving(context);
  return page("me/signed_out.html", { is_listed: outcome === "untold", sign_out_href: signOutHref(await settings()) });
}
