// A browser that ran out of space, or somebody who cleared its data, has thrown the book away. That is said on the first
// pages until somebody has read it.

import * as say from "./say.js";

/**
 * @param {import("./router.js").Context} context
 * @returns {{has_eviction: boolean, eviction: string}}
 */
export function eviction(context) {
  const { _, ngettext, status, settings } = context;
  const at = status.evicted_at ?? settings.evicted_at;
  if (!at) return { has_eviction: false, eviction: "" };
  const told = _(
    "The browser had cleared this phone (noticed %(when)s). Your customers are back; what had not been sent by then is lost.",
    { when: say.near(context, say.dayOf(at)) },
  );
  const count = status.evicted_waiting;
  const lost = ngettext(
    "At the last contact before, %(n)s entry was waiting to be sent.",
    "At the last contact before, %(n)s entries were waiting to be sent.",
    count,
  );
  return { has_eviction: true, eviction: count ? _("%(safe)s %(synced)s", { safe: told, synced: lost }) : told };
}
