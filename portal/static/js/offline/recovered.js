// What was put right by itself is said in a quiet line for a week: nobody has to do anything, but nothing is hidden.

import * as say from "./say.js";

const DAYS = 7;

/**
 * @param {import("./router.js").Context} context
 * @returns {{recovered: string[]}}
 */
export function recovered(context) {
  const { _, ngettext, status } = context;
  const { restored = null, mended = null } = status;
  /** @type {string[]} */
  const lines = [];
  if (restored && isNew(context, restored.at)) {
    const when = say.near(context, say.dayOf(restored.at));
    lines.push(_("The server was restored from a backup (noticed %(when)s).", { when }));
    if (restored.again) {
      const again = ngettext(
        "%(n)s entry was sent again from this phone.",
        "%(n)s entries were sent again from this phone.",
        restored.again,
      );
      lines.push(again);
    }
    if (restored.gone) {
      const gone = ngettext(
        "%(n)s entry was older than 30 days and could not be sent again.",
        "%(n)s entries were older than 30 days and could not be sent again.",
        restored.gone,
      );
      lines.push(gone);
    }
  }
  if (mended && isNew(context, mended.at)) lines.push(mendedText(context, mended.count));
  return { recovered: lines };
}

/**
 * @param {Pick<import("./router.js").Context, "ngettext">} context
 * @param {number} count
 */
export function mendedText({ ngettext }, count) {
  return ngettext("%(n)s record was put right", "%(n)s records were put right", count);
}

/**
 * @param {import("./router.js").Context} context
 * @param {string} at instant
 */
function isNew({ now }, at) {
  return now.getTime() - Date.parse(at) < DAYS * 86_400_000;
}
