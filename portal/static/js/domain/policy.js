// What the dates of a policy say on a given day. Pure. The server's twin, with the rules of law behind it, is
// portal/customers/policy_dates.py.

import { addDays, addMonths, daysBetween, parts } from "./dates.js";

/** @type {Record<string, number>} */
const MODE_MONTHS = { year: 12, half: 6, quarter: 3, month: 1 };
const YEARLY_KINDS = new Set(["medical", "accident", "motor", "home"]);
const GRACE_DAYS = 60;
const REINSTATEMENT_MONTHS = 24;

/**
 * @typedef {Record<string, any>} Policy
 * @typedef {"pending" | "in_force" | "grace" | "suspended" | "expired" | "terminated"} Status
 */

/**
 * @param {string} effective
 * @param {string} mode
 * @param {number} place 0 is the effective date itself
 */
export function dueDate(effective, mode, place) {
  return addMonths(effective, MODE_MONTHS[mode] * place);
}

/**
 * @param {Policy} row
 * @param {string} day
 * @returns {string | null} the first renewal premium that falls due on or after a day, by effective date and mode
 */
export function dueOnOrAfter(row, day) {
  const { effective_date: effective, pay_mode: mode, expiry_date: expiry } = row;
  if (!effective || !(mode in MODE_MONTHS)) return null;
  const [[fromYear, fromMonth], [year, month]] = [parts(effective), parts(day)];
  let place = Math.max(1, Math.floor(((year - fromYear) * 12 + month - fromMonth) / MODE_MONTHS[mode]));
  while (dueDate(effective, mode, place) < day) place++;
  const due = dueDate(effective, mode, place);
  if (row.pay_years && due >= addMonths(effective, 12 * row.pay_years)) return null;
  return expiry && due > expiry ? null : due;
}

/**
 * The premium to be paid next: as entered, else the first one not yet paid, else the first one to come. It may lie in
 * the past: then it is overdue. Null for single premiums and ended policies.
 * @param {Policy} row
 * @param {string} today
 * @returns {string | null}
 */
export function nextDue(row, today) {
  if (row.pay_mode === "single" || hasEnded(row, today)) return null;
  return row.next_due_date || dueOnOrAfter(row, row.paid_to_date || today);
}

/**
 * @param {Policy} row
 * @param {string} today
 */
function hasEnded({ terminated_on: ended, expiry_date: expiry }, today) {
  return Boolean((ended && ended <= today) || (expiry && expiry < today));
}

/** @param {string} due @returns {string} the last day on which a premium can be paid without suspension: D+60 */
export function graceEnd(due) {
  return addDays(due, GRACE_DAYS);
}

/** @param {string} due @returns {string} the first day without cover: D+61 */
export function suspendedFrom(due) {
  return addDays(due, GRACE_DAYS + 1);
}

/** @param {string} due @returns {string} the last day on which a suspended policy can be reinstated */
export function reinstatementEnd(due) {
  return addMonths(suspendedFrom(due), REINSTATEMENT_MONTHS);
}

/**
 * @param {Policy} row
 * @param {string} today
 * @returns {Status} what is known from the dates
 */
export function status(row, today) {
  const { terminated_on: ended, effective_date: effective, expiry_date: expiry } = row;
  if (ended && ended <= today) return "terminated";
  if (expiry && expiry < today) return "expired";
  if (effective && effective > today) return "pending";
  const due = nextDue(row, today);
  if (!due || due >= today) return "in_force";
  const paidYearly = !row.pay_mode || row.pay_mode === "year";
  if (YEARLY_KINDS.has(row.kind) && (!expiry || due >= expiry) && paidYearly) return "expired";
  if (today <= graceEnd(due)) return "grace";
  return today <= reinstatementEnd(due) ? "suspended" : "terminated";
}

/** @param {Policy} row @param {string} today @returns {boolean} true while a loss today would be paid */
export function protects(row, today) {
  return ["in_force", "grace"].includes(status(row, today));
}

/**
 * @param {Policy} row
 * @param {string} today
 * @returns {{what: "payment" | "expiry", date: string} | null} what comes next for a policy that still counts; what
 *   falls due when cover ends is no premium but a renewal
 */
export function nextDate(row, today) {
  if (["expired", "terminated"].includes(status(row, today))) return null;
  const [due, expiry] = [nextDue(row, today), row.expiry_date];
  if (due && (!expiry || due < expiry)) return { what: "payment", date: due };
  return expiry ? { what: "expiry", date: expiry } : null;
}

/** @param {Policy} row @returns {string | null} the last day of the cooling-off period: the day after receipt is day 1 */
export function coolingOffEnd(row) {
  return row.receipt_date && row.cooling_off_days ? addDays(row.receipt_date, row.cooling_off_days) : null;
}

/** @param {Policy} row @returns {string | null} the last day of the waiting period: the effective day is day 1 */
export function waitingEnd(row) {
  return row.effective_date && row.waiting_days ? addDays(row.effective_date, row.waiting_days - 1) : null;
}

/** @param {string} day @param {string} today @returns {number} days until a day; negative when it is over */
export function daysLeft(day, today) {
  return daysBetween(today, day);
}
