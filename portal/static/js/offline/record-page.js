// The pages that a record of a customer's tree shares with its siblings: its form and the question before deleting it.

import { newId } from "../store/index.js";
import { wrongOnes } from "./fields.js";
import { notFound, page, redirect } from "./router.js";
import { saved } from "./saving.js";

/**
 * @typedef {import("./router.js").Context} Context
 * @typedef {import("./router.js").Reply} Reply
 * @typedef {import("./fields.js").Filled} Filled
 * @typedef {import("../store/index.js").Row} Row
 * @typedef {import("../store/index.js").Tree} Tree
 *
 * @typedef {object} Room one kind of record
 * @property {string} kind
 * @property {string} path relatives, policies: the part of the address
 * @property {"relatives" | "policies" | "visits"} list where the tree holds them
 * @property {(context: Context, row: Row | null) => string} title
 * @property {(context: Context) => string} lead of a new record
 * @property {(context: Context, tree: Tree, filled: Filled) => any[]} sections
 * @property {(context: Context) => string} deleteText
 * @property {(context: Context, tree: Tree, row: Row) => string[]} deleteLines
 * @property {(form: URLSearchParams, tree: Tree) => void} [prepare] turns what the form holds into fields
 * @property {string} anchor where on the card it stands
 */

/**
 * @param {Room} room
 * @param {Context} context
 * @param {Tree} tree
 * @param {Filled} filled
 * @returns {Reply}
 */
export function formPage(room, context, tree, filled) {
  const { _, ngettext } = context;
  const { row } = filled;
  const home = `/customers/${tree.customer.id}`;
  const id = row?.id ?? filled.typed?.get("id") ?? newId();
  const errors = Object.keys(filled.errors ?? {});
  const sections = room.sections(context, tree, filled);
  return page(
    "customers/form.html",
    {
      title: room.title(context, row),
      has_lead: row === null,
      lead: room.lead(context),
      action: row ? `${home}/${room.path}/${id}` : `${home}/${room.path}`,
      back_href: home,
      back_text: tree.customer.name,
      draft_key: row ? `${room.kind}:${id}` : `${room.kind}:new:${tree.customer.id}`,
      id,
      ver: row?.ver ?? 0,
      has_errors: errors.length > 0,
      error_text: ngettext("%(n)s field needs another look.", "%(n)s fields need another look.", errors.length),
      has_completeness: false,
      completeness: "",
      completeness_text: "",
      sections,
      errors: wrongOnes(sections),
      has_delete: row !== null,
      delete_href: `${home}/${room.path}/${id}/delete`,
      delete_text: room.deleteText(context),
      submit_text: _("Save"),
    },
    { status: errors.length ? 422 : 200 },
  );
}

/**
 * Handlers of a kind: create, edit, save, remove (the question), destroy.
 * @param {Room} room
 */
export function handlers(room) {
  return {
    /** @param {Context} context @returns {Promise<Reply>} */
    async create(context) {
      const tree = await context.store.tree(context.params.id);
      return tree ? formPage(room, context, tree, { row: null }) : notFound();
    },
    /** @param {Context} context @returns {Promise<Reply>} */
    async edit(context) {
      const found = await both(room, context);
      return found ? formPage(room, context, found.tree, { row: found.row }) : notFound();
    },
    /** @param {Context} context @returns {Promise<Reply>} */
    async save(context) {
      const { _, store, params } = context;
      const tree = await store.tree(params.id);
      const old = params.record ? tree?.[room.list].find(({ id }) => id === params.record) : null;
      if (!tree || old === undefined) return notFound();
      const form = /** @type {URLSearchParams} */ (context.form);
      room.prepare?.(form, tree);
      const id = old?.id ?? form.get("id") ?? newId();
      const wanted = { kind: room.kind, id, old, tree, label: room.title(context, old) };
      const fixed = old ? {} : { customer_id: tree.customer.id };
      const { errors } = await saved(context, { ...wanted, fixed });
      if (errors) return formPage(room, context, tree, { row: old, typed: form, errors });
      return redirect(`/customers/${tree.customer.id}`, { toast: _("Saved on this phone") });
    },
    /** @param {Context} context @returns {Promise<Reply>} */
    async remove(context) {
      const found = await both(room, context);
      if (!found) return notFound();
      const { tree, row } = found;
      const home = `/customers/${tree.customer.id}`;
      return page("customers/delete.html", {
        title: context._("%(what)s?", { what: room.deleteText(context) }),
        lines: [...room.deleteLines(context, tree, row), context._("For ten seconds you can take it back.")],
        action: `${home}/${room.path}/${row.id}/deletions`,
        back_href: `${home}/${room.path}/${row.id}/edit`,
        back_text: tree.customer.name,
      });
    },
    /** @param {Context} context @returns {Promise<Reply>} */
    async destroy({ _, store, params }) {
      const back = `/customers/${params.id}`;
      const change = { op: /** @type {const} */ ("delete"), kind: room.kind, id: params.record };
      const { seqs } = await store.commit([change], { label: _("Deleted") });
      if (!seqs.length) return redirect(back);
      return redirect(back, { toast: _("Deleted"), undo: `/outbox/${seqs[0]}/undo?back=${back}` });
    },
  };
}

/**
 * @param {Room} room
 * @param {Context} context
 * @returns {Promise<{tree: Tree, row: Row} | null>}
 */
async function both(room, { store, params }) {
  const tree = await store.tree(params.id);
  const row = tree?.[room.list].find(({ id }) => id === params.record);
  return tree && row ? { tree, row } : null;
}

/**
 * A part of a form without a fold.
 * @param {any[]} fields
 */
export function open(fields) {
  return { title: "", note: "", has_fold: false, open: true, fields, links: [], has_links: false };
}

/**
 * A part of a form that is folded until it is wanted.
 * @param {string} title
 * @param {any[]} fields
 * @param {{open: boolean, note?: string}} options
 */
export function fold(title, fields, { open: unfolded, note = "" }) {
  return { title, note, has_fold: true, open: unfolded, fields, links: [], has_links: false };
}

/** @param {any[]} fields @returns {boolean} whether a message waits there, or something is known already */
export function hasNews(fields) {
  return fields.some(({ has_error }) => has_error);
}
