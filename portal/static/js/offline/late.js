// Who entered something when the customer was in another book already.

/**
 * @param {Pick<import("./router.js").Context, "_" | "agent">} context
 * @param {import("../store/index.js").Row} row
 * @returns {string} 晚到，来自王芳; empty for what came in time, and for one's own
 */
export function lateFrom({ _, agent }, { late_from }) {
  if (!late_from || late_from === agent.id) return "";
  const name = agent.colleagues?.[late_from];
  return name ? _("late, from %(name)s", { name }) : _("late, from the agent before you");
}
