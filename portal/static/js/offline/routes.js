// The phone's addresses. The first that fits wins.

import * as analyses from "./pages/analyses.js";
import * as conflicts from "./pages/conflicts.js";
import * as consents from "./pages/consents.js";
import * as customerList from "./pages/customer-list.js";
import * as customers from "./pages/customers.js";
import * as me from "./pages/me.js";
import * as outbox from "./pages/outbox.js";
import * as plans from "./pages/plans.js";
import * as planChecks from "./pages/plans-checks.js";
import * as planCompare from "./pages/plans-compare.js";
import * as planEdit from "./pages/plans-edit.js";
import * as planFrozen from "./pages/plans-frozen.js";
import * as policies from "./pages/policies.js";
import * as relatives from "./pages/relatives.js";
import * as reports from "./pages/reports.js";
import * as sums from "./pages/sums.js";
import * as today from "./pages/today.js";
import * as visits from "./pages/visits.js";
import { redirect } from "./router.js";

/**
 * @typedef {import("./router.js").Route} Route
 * @typedef {Route["handle"]} Handle
 */

/** @type {(name: string, pattern: string, handle: Handle) => Route} */
const get = (name, pattern, handle) => ({ method: "GET", name, pattern, handle });
/** @type {(name: string, pattern: string, handle: Handle) => Route} */
const post = (name, pattern, handle) => ({ method: "POST", name, pattern, handle });
/** Changes that are no records: allowed while nothing else may be written. @param {Route} route @returns {Route} */
const always = (route) => ({ ...route, always: true });

/** What a customer who holds the phone may open, of the one analysis or proposal that is shown. */
const HANDED = ["report.handed", "report.return", "sum", "plan.handed", "plan.return", "plan.sums"];

/** A locked phone shows the lock page and nothing else. @param {Route} route @returns {Route} */
const guarded = (route) => ({
  ...route,
  handle: async (context) =>
    context.settings.locked && me.hasPin(context) ? redirect("/me/unlock") : route.handle(context),
});

/** A phone in a customer's hands shows that customer's report and nothing else. @param {Route} route @returns {Route} */
const kept = (route) => ({
  ...route,
  handle: async (context) => {
    const { handed, handed_at: at } = context.settings;
    const own = HANDED.includes(route.name) && context.params.id === handed;
    return handed && !own ? redirect(`${at ?? `/analyses/${handed}`}/show`) : route.handle(context);
  },
});

const OPEN = [
  get("unlock", "/me/unlock", me.unlock),
  always(post("unlock", "/me/unlocks", me.open)),
  get("pin.forgotten", "/me/pin/forgotten", me.forgotten),
  always(post("pin.forgotten", "/me/pin/forgotten", me.forgot)),
];

const GUARDED = [
  get("today", "/today", today.index),
  get("new", "/today/new", today.add),

  get("customers", "/customers", customerList.index),
  get("customers.more", "/customers/more", customerList.more),
  get("customer.create", "/customers/new", customers.create),
  post("customer.save", "/customers", customers.save),
  get("customer", "/customers/:id", customers.show),
  post("customer.save", "/customers/:id", customers.save),
  get("customer.menu", "/customers/:id/menu", customers.menu),
  get("customer.edit", "/customers/:id/edit", customers.edit),
  post("customer.seen", "/customers/:id/seen", customers.seen),
  get("customer.remove", "/customers/:id/delete", customers.remove),
  post("customer.destroy", "/customers/:id/deletions", customers.destroy),

  get("relative.create", "/customers/:id/relatives/new", relatives.create),
  post("relative.save", "/customers/:id/relatives", relatives.save),
  get("relative", "/customers/:id/relatives/:record", relatives.edit),
  get("relative.edit", "/customers/:id/relatives/:record/edit", relatives.edit),
  post("relative.save", "/customers/:id/relatives/:record", relatives.save),
  get("relative.remove", "/customers/:id/relatives/:record/delete", relatives.remove),
  post("relative.destroy", "/customers/:id/relatives/:record/deletions", relatives.destroy),

  get("policy.create", "/customers/:id/policies/new", policies.create),
  post("policy.save", "/customers/:id/policies", policies.save),
  get("policy", "/customers/:id/policies/:record", policies.show),
  get("policy.edit", "/customers/:id/policies/:record/edit", policies.edit),
  post("policy.save", "/customers/:id/policies/:record", policies.save),
  get("policy.remove", "/customers/:id/policies/:record/delete", policies.remove),
  post("policy.destroy", "/customers/:id/policies/:record/deletions", policies.destroy),

  get("visit.choose", "/visits", visits.choose),
  get("visit.choose", "/visits/new", visits.choose),
  get("visit.create", "/customers/:id/visits/new", visits.create),
  get("visit.plan", "/customers/:id/visits/plan", visits.plan),
  post("visit.save", "/customers/:id/visits", visits.save),
  get("visit", "/customers/:id/visits/:record", visits.edit),
  get("visit.edit", "/customers/:id/visits/:record/edit", visits.edit),
  post("visit.save", "/customers/:id/visits/:record", visits.save),
  get("visit.remove", "/customers/:id/visits/:record/delete", visits.remove),
  post("visit.destroy", "/customers/:id/visits/:record/deletions", visits.destroy),

  get("consents", "/customers/:id/consents", consents.index),
  get("consent.create", "/customers/:id/consents/new", consents.create),
  post("consent.save", "/customers/:id/consents", consents.save),

  get("analyses", "/customers/:id/analyses", analyses.index),
  post("analysis.start", "/customers/:id/analyses", analyses.start),
  get("analysis.resume", "/analyses/:id/questions", analyses.resume),
  get("analysis.question", "/analyses/:id/questions/:key", analyses.question),
  post("analysis.answer", "/analyses/:id/questions/:key", analyses.answer),
  get("analysis.review", "/analyses/:id/review", analyses.review),
  post("analysis.finish", "/analyses/:id/review", analyses.finish),
  get("report", "/analyses/:id", reports.show),
  get("sum", "/analyses/:id/lines/:member/:line", sums.show),
  post("sum.move", "/analyses/:id/assumptions", sums.move),
  get("report.changes", "/analyses/:id/changes", reports.changes),
  always(post("report.hand", "/analyses/:id/showings", reports.hand)),
  get("report.handed", "/analyses/:id/show", reports.handed),
  always(post("report.return", "/analyses/:id/returns", reports.giveBack)),

  get("plan.wish", "/analyses/:id/plans", plans.wish),
  post("plan.start", "/analyses/:id/plans", plans.start),
  get("plans", "/plans", plans.index),
  get("plan", "/plans/:id", plans.show),
  post("plan.choose", "/plans/:id", plans.choose),
  get("plan.conditions", "/plans/:id/conditions", plans.conditions),
  post("plan.remake", "/plans/:id/conditions", plans.remake),
  get("plan.edit", "/plans/:id/edit", planEdit.edit),
  post("plan.change", "/plans/:id/edit", planEdit.change),
  get("plan.cover", "/plans/:id/edit/:cover", planEdit.cover),
  post("plan.cover.save", "/plans/:id/edit/:cover", planEdit.save),
  post("plan.cover.remove", "/plans/:id/edit/:cover/removals", planEdit.remove),
  post("plan.undo", "/plans/:id/undos", planEdit.undo),
  get("plan.sums", "/plans/:id/sums", planEdit.sums),
  get("plan.compare", "/plans/:id/compare", planCompare.show),
  get("plan.checks", "/plans/:id/checks", planChecks.show),
  post("plan.answer", "/plans/:id/checks", planChecks.answer),
  get("plan.confirm", "/plans/:id/freeze", planChecks.confirm),
  post("plan.freeze", "/plans/:id/freeze", planChecks.freeze),
  post("plan.revise", "/plans/:id/revisions", planFrozen.revise),
  always(post("plan.hand", "/plans/:id/showings", planFrozen.hand)),
  get("plan.handed", "/plans/:id/show", planFrozen.handed),
  always(post("plan.return", "/plans/:id/returns", planFrozen.giveBack)),

  get("outbox", "/outbox", outbox.index),
  get("outbox.received", "/outbox/received", outbox.received),
  always(post("outbox.send", "/outbox/syncs", outbox.send)),
  always(post("outbox.read", "/outbox/evictions", outbox.read)),
  get("outbox.item", "/outbox/:seq", outbox.show),
  post("outbox.undo", "/outbox/:seq/undo", outbox.undo),
  post("outbox.retry", "/outbox/:seq/retries", outbox.retry),
  get("outbox.discard", "/outbox/:seq/discard", outbox.discard),
  post("outbox.discard", "/outbox/:seq/discards", outbox.throwAway),

  get("conflicts", "/conflicts", conflicts.index),
  get("conflict", "/conflicts/:id", conflicts.show),
  post("conflict.resolve", "/conflicts/:id/resolutions", conflicts.resolve),

  get("me", "/me", me.index),
  always(post("me.settings", "/me/settings", me.change)),
  get("me.devices", "/me/devices", me.devices),
  get("me.install", "/me/install", me.install),
  get("me.pin", "/me/pin", me.pin),
  always(post("me.pin", "/me/pin", me.savePin)),
  get("me.pin.removal", "/me/pin/removal", me.removal),
  always(post("me.pin.removal", "/me/pin/removals", me.dropPin)),
  always(post("me.lock", "/me/locks", me.lock)),
  get("me.help", "/me/help", me.help),
  get("me.leaving", "/me/sign-out", me.leaving),
  always(post("me.leave", "/me/sign-out", me.leave)),
];

/** @type {Route[]} */
export const routes = [...OPEN, ...GUARDED.map(guarded)].map(kept);
