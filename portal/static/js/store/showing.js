// What a phone shows of a record: the server's state with the agent's own unsent edits on top. Pure.

/**
 * @typedef {Record<string, any>} Row a record as it travels: id, ver, created_at, updated_at and its fields
 * @typedef {{op: "create" | "update" | "delete", set?: Record<string, [any, any]>, at: string}} Wish
 * @typedef {{type: string, merge?: string, levels?: (string | number | boolean)[]}} Field
 */

/**
 * @param {Row | null} server null when the server does not have it (yet)
 * @param {Wish[]} wishes own edits in the order they were made
 * @param {string} id
 * @param {Record<string, Field>} fields of the record's kind
 * @returns {Row | null} null when it is not to be shown
 */
export function showing(server, wishes, id, fields) {
  let row = server && { ...server };
  for (const wish of wishes) {
    if (wish.op === "delete") {
      row = null;
    } else if (wish.op === "create") {
      row = row ?? blank(id, wish.at, fields);
    }
    if (row && wish.set) put(row, wish.set, fields);
  }
  return row;
}

/**
 * @param {string} id
 * @param {string} at
 * @param {Record<string, Field>} fields
 * @returns {Row}
 */
function blank(id, at, fields) {
  const row = { id, ver: 0, created_at: at, updated_at: at };
  return { ...row, ...Object.fromEntries(Object.keys(fields).map((name) => [name, null])) };
}

/**
 * @param {Row} row
 * @param {Record<string, [any, any]>} set
 * @param {Record<string, Field>} fields
 */
function put(row, set, fields) {
  for (const [name, [before, after]] of Object.entries(set)) {
    row[name] = merged(fields[name], row[name], before, after);
  }
}

/**
 * One field, as the server will merge it; where the server would open a conflict the own value is shown until then.
 * @param {Field | undefined} field
 * @param {any} server
 * @param {any} before
 * @param {any} after
 */
export function merged(field, server, before, after) {
  if (field?.merge === "set") return mergedSet(server, before, after);
  if (field?.merge === "map") return mergedMap(server, before, after);
  if (field?.merge === "stricter" && !same(server, before)) return stricter(field.levels ?? [], server, after);
  return after;
}

/**
 * @param {any[] | null} server
 * @param {any[] | null} before
 * @param {any[] | null} after
 */
function mergedSet(server, before, after) {
  if (same(server, before)) return after;
  const removed = new Set((before ?? []).filter((one) => !(after ?? []).includes(one)));
  const kept = (server ?? []).filter((one) => !removed.has(one));
  return [...kept, ...(after ?? []).filter((one) => !kept.includes(one) && !(before ?? []).includes(one))];
}

/**
 * @param {Record<string, any> | null} server
 * @param {Record<string, any> | null} before
 * @param {Record<string, any> | null} after
 */
function mergedMap(server, before, after) {
  const result = { ...server };
  for (const key of new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])) {
    if (same(before?.[key], after?.[key])) continue;
    if (after && key in after) result[key] = after[key];
    else delete result[key];
  }
  return result;
}

/**
 * @param {any[]} levels from lax to strict
 * @param {any} a
 * @param {any} b
 */
function stricter(levels, a, b) {
  return levels.indexOf(a) > levels.indexOf(b) ? a : b;
}

/**
 * @param {any} a
 * @param {any} b
 * @returns {boolean} whether two JSON values are the same, whatever the order of their keys
 */
export function same(a, b) {
  if (a === b || (a ?? null) === (b ?? null)) return true;
  if (!a || !b || typeof a !== "object" || typeof b !== "object" || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && same(a[key], b[key]));
}
