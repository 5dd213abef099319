/**
 * What compiled templates call: Jinja2's behaviour, as far as the compiler allows it, and an error for the rest.
 *
 * Values are strings, whole numbers, booleans, lists, plain objects and Markup. Messages name kinds and fields,
 * never values: they may end in a log.
 *
 * @typedef {{values: Record<string, any>, blocks: Record<string, Block[]>} & Words} Context
 * @typedef {{gettext: (text: string) => string, ngettext: (one: string, many: string, n: number) => string}} Words
 * @typedef {(context: Context, level: number) => string} Block
 * @typedef {{root: (context: Context) => string, blocks: Record<string, Block[]>}} Template
 */

/** A text that is HTML already, like markupsafe's. */
export class Markup {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }
}

/** A template met a value it cannot print, or a name that is not given. */
export class TemplateError extends Error {}

/** @type {(why: string) => never} */
const fail = (why) => {
  throw new TemplateError(why);
};

/** @param {any} value */
const kind = (value) => {
  if (value === null) return "null";
  if (value instanceof Markup) return "string";
  if (Array.isArray(value)) return "list";
  if (typeof value == "number") return Number.isSafeInteger(value) ? "integer" : "float";
  return typeof value == "object" ? "dict" : typeof value;
};

/** @type {Record<string, string>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&#39;", '"': "&#34;" };
/** @param {string} text */
const escape = (text) => text.replace(/[&<>'"]/g, (character) => ENTITIES[character]);

/** @param {any} value */
const bare = (value) => (value instanceof Markup ? value.text : value);

/** @param {any} value @returns {string} the value as text, not escaped */
const plain = (value) =>
  typeof value == "string" ? value : kind(value) == "integer" ? `${value}` : fail(`cannot print: ${kind(value)}`);

/** @param {any} value @returns {string} the value as HTML */
export const print = (value) => (value instanceof Markup ? value.text : escape(plain(value)));

/** @param {string} text */
export const safe = (text) => new Markup(text);

/** Jinja's `~`: HTML as soon as one part is. @param {any[]} parts */
export const concat = (...parts) => join(parts, "");

/** @param {any} value @returns {boolean} */
export const truth = (value) =>
  typeof value == "boolean" ? value : fail(`a condition must be a boolean, not: ${kind(value)}`);

/** @param {any} value @returns {any[]} */
export const list = (value) => (Array.isArray(value) ? value : fail(`not a list: ${kind(value)}`));

/** @param {any} value @returns {number} */
export const integer = (value) => (kind(value) == "integer" ? value : fail(`not an integer: ${kind(value)}`));

/** Two values of one kind are compared; Python and JavaScript disagree about the rest. @param {any} a @param {any} b */
export const equal = (a, b) => {
  const [one, other] = [kind(a), kind(b)];
  if (one != other || !/^(string|integer|boolean)$/.test(one)) fail(`cannot compare: ${one} and ${other}`);
  return bare(a) === bare(b);
};

/** `value in values`, which looks at all of them. @param {any} value @param {any} values */
export const within = (value, values) => list(values).filter((one) => equal(one, value)).length > 0;

/** A variable of the page. @param {Context} context @param {string} key */
export const name = (context, key) => {
  const value = context.values[key];
  return value === undefined ? fail(`no such variable: ${key}`) : value;
};

/** A field of a dict, an element of a list. @param {any} whole @param {any} key */
export const at = (whole, key) => {
  const inside = bare(key);
  const found = kind(whole) == "dict" ? "string" : kind(whole) == "list" ? "integer" : "nothing";
  if (kind(inside) != found) fail(`${kind(whole)} has no field: ${kind(inside) == "string" ? inside : kind(inside)}`);
  const value = Object.hasOwn(whole, inside) ? whole[inside] : undefined;
  return value === undefined ? fail(`no such field: ${inside}`) : value;
};

/** Put `values` into the `%(name)s` of a translated text. @param {string} text @param {Record<string, any>} values */
const fill = (text, values) =>
  text.replace(/%(?:%|\((\w+)\)s|)/g, (found, key) =>
    found == "%%" ? "%" : key && Object.hasOwn(values, key) ? print(values[key]) : fail(`cannot fill: ${text}`),
  );

/** `_(…)`. @param {Context} context @param {string} text @param {Record<string, any>} [values] */
export const gettext = (context, text, values = {}) => fill(context.gettext(text), values);

/** @param {Context} context @param {string} one @param {string} many @param {any} n @param {Record<string, any>} [values] */
export const ngettext = (context, one, many, n, values = {}) =>
  fill(context.ngettext(one, many, integer(n)), { num: n, ...values });

/** A value in a path, as werkzeug writes a number or an id. @param {any} value */
export const unquoted = (value) => plain(bare(value));

/** A value in a path, as werkzeug writes a string. @param {any} value */
export const segment = (value) => encodeURI(unquoted(value)).replace(/[?#]/g, encodeURIComponent);

/** The filter `length`, of lists only: strings count differently in the two languages. @param {any} value */
export const length = (value) => list(value).length;

/** The filter `join`. @param {any} values @param {any} between */
export const join = (values, between) =>
  [between, ...list(values)].some((part) => part instanceof Markup)
    ? new Markup(values.map(print).join(print(between)))
    : values.map(plain).join(plain(between));

/** @type {(root: Template["root"], blocks?: Record<string, Block>, parent?: Template) => Template} */
export const template = (root, blocks = {}, parent) => {
  const chains = { ...parent?.blocks };
  for (const key in blocks) chains[key] = [blocks[key], ...(chains[key] ?? [])];
  return { root, blocks: chains };
};

/** The innermost version of a block, or with `level` one that it hides. @type {(context: Context, key: string, level?: number) => string} */
export const block = (context, key, level = 0) =>
  (context.blocks[key][level] ?? fail(`no parent block: ${key}`))(context, level);

/** @param {Template} made @param {Words} words @param {...Record<string, any>} values */
const run = ({ root, blocks }, { gettext, ngettext }, ...values) =>
  root({ gettext, ngettext, blocks, values: Object.assign(Object.create(null), ...values) });

/** @type {(made: Template, context: Context, locals: Record<string, any>) => string} */
export const include = (made, context, locals) => run(made, context, context.values, locals);

/** @type {(made: Template) => (model: Record<string, any>, words: Words) => string} */
export const page = (made) => (model, words) => run(made, words, model);

/**
 * The words of one language: `{msgid: text}`, a plural under its singular; without an entry English stands.
 * @type {(catalogue: Record<string, string>) => Words}
 */
export const wordsOf = (catalogue) => ({
  gettext: (text) => (Object.hasOwn(catalogue, text) && catalogue[text]) || text,
  ngettext: (one, many, n) => (Object.hasOwn(catalogue, one) && catalogue[one]) || (n === 1 ? one : many),
});
