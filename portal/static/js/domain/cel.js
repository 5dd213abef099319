// The part of CEL (Common Expression Language) that gap models are written in: choosing, comparing and adding whole
// numbers. The server runs the same texts through a CEL library; tests hold this reader against that library and
// against another one for JavaScript, which would have added 21 KB to every phone.
//
// Numbers are BigInt. Read: literals, lists, `a.b`, `a[b]`, calls, `- !`, `* / %`, `+ -`, comparisons, `in`, `&& ||`,
// `? :`, and the macros map, filter, exists, all. Names resolve in the scope that is given, functions in the table.

/**
 * @typedef {Record<string, any>} Scope
 * @typedef {Record<string, (...values: any[]) => any>} Functions
 * @typedef {(scope: Scope) => any} Term
 * @typedef {{kind: "int" | "text" | "name" | "sign" | "end", text: string, at: number}} Token
 */

export class CelError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "CelError";
  }
}

const MOST = 2n ** 63n;
const TOKEN =
  /\s*(?:(\d+)|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|([A-Za-z_][A-Za-z0-9_]*)|(&&|\|\||[<>=!]=|[-+*/%<>!?:.,()[\]]))/y;
/** @type {readonly string[][]} weakest first */
const LEVELS = [["||"], ["&&"], ["==", "!=", "<", "<=", ">", ">=", "in"], ["+", "-"], ["*", "/", "%"]];
const MACROS = ["map", "filter", "exists", "all"];

/**
 * @param {string} text
 * @param {Functions} functions
 * @returns {Term} gives the value in a scope; throws CelError
 */
export function compile(text, functions) {
  const reader = new Reader(text, functions);
  const term = reader.choice();
  reader.expect("end", "");
  return term;
}

class Reader {
  /**
   * @param {string} text
   * @param {Functions} functions
   */
  constructor(text, functions) {
    this.tokens = tokens(text);
    this.functions = functions;
    this.at = 0;
  }

  get token() {
    return this.tokens[this.at];
  }

  /** @param {...string} signs */
  take(...signs) {
    const { kind, text } = this.token;
    if ((kind !== "sign" && text !== "in") || !signs.includes(text)) return null;
    this.at += 1;
    return text;
  }

  /**
   * @param {string} kind
   * @param {string} text
   */
  expect(kind, text) {
    const token = this.token;
    if (token.kind !== kind || (text && token.text !== text)) throw new CelError(`unexpected "${token.text}"`);
    this.at += 1;
    return token.text;
  }

  /** @returns {Term} */
  choice() {
    const condition = this.level(0);
    if (!this.take("?")) return condition;
    const yes = this.choice();
    this.expect("sign", ":");
    const no = this.choice();
    return (scope) => (truth(condition(scope)) ? yes(scope) : no(scope));
  }

  /**
   * @param {number} index
   * @returns {Term}
   */
  level(index) {
    if (index === LEVELS.length) return this.unary();
    let left = this.level(index + 1);
    for (let sign = this.take(...LEVELS[index]); sign; sign = this.take(...LEVELS[index])) {
      left = joined(sign, left, this.level(index + 1));
    }
    return left;
  }

  /** @returns {Term} */
  unary() {
    if (this.take("!")) {
      const term = this.unary();
      return (scope) => !truth(term(scope));
    }
    if (this.take("-")) {
      const term = this.unary();
      return (scope) => held(-whole(term(scope)));
    }
    return this.member();
  }

  /** @returns {Term} */
  member() {
    let term = this.primary();
    for (;;) {
      if (this.take(".")) term = this.after(term, this.expect("name", ""));
      else if (this.take("[")) {
        const [of, index] = [term, this.choice()];
        this.expect("sign", "]");
        term = (scope) => pick(of(scope), index(scope));
      } else return term;
    }
  }

  /**
   * @param {Term} term
   * @param {string} name
   * @returns {Term}
   */
  after(term, name) {
    if (!this.take("(")) return (scope) => pick(term(scope), name);
    if (!MACROS.includes(name)) throw new CelError(`no method "${name}"`);
    const each = this.expect("name", "");
    this.expect("sign", ",");
    const body = this.choice();
    this.expect("sign", ")");
    return (scope) => macro(name, list(term(scope)), (item) => body({ ...scope, [each]: item }));
  }

  /** @returns {Term} */
  primary() {
    const token = this.token;
    this.at += 1;
    if (token.kind === "int") {
      const value = held(BigInt(token.text));
      return () => value;
    }
    if (token.kind === "text") {
      const value = token.text.slice(1, -1).replace(/\\(.)/g, "$1");
      return () => value;
    }
    if (token.kind === "name") return this.name(token.text);
    if (token.text === "(") {
      const term = this.choice();
      this.expect("sign", ")");
      return term;
    }
    if (token.text === "[") {
      const items = this.items("]");
      return (scope) => items.map((item) => item(scope));
    }
    throw new CelError(`unexpected "${token.text}"`);
  }

  /**
   * @param {string} name
   * @returns {Term}
   */
  name(name) {
    if (name === "true" || name === "false") return () => name === "true";
    if (name === "null") return () => null;
    if (!this.take("(")) return (scope) => pick(scope, name);
    const items = this.items(")");
    const called = name === "size" ? size : Object.hasOwn(this.functions, name) ? this.functions[name] : null;
    if (!called) throw new CelError(`no function "${name}"`);
    return (scope) => called(...items.map((item) => item(scope)));
  }

  /**
   * @param {string} end
   * @returns {Term[]}
   */
  items(end) {
    /** @type {Term[]} */
    const items = [];
    if (this.take(end)) return items;
    do items.push(this.choice());
    while (this.take(","));
    this.expect("sign", end);
    return items;
  }
}

/**
 * @param {string} text
 * @returns {Token[]}
 */
function tokens(text) {
  /** @type {Token[]} */
  const found = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim()) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new CelError(`unexpected "${text.slice(at).trim()[0]}"`);
    const kind = match[1] ? "int" : match[2] ? "text" : match[3] ? "name" : "sign";
    found.push({ kind, text: match[1] ?? match[2] ?? match[3] ?? match[4], at });
  }
  return [...found, { kind: "end", text: "", at: text.length }];
}

/**
 * @param {string} sign
 * @param {Term} left
 * @param {Term} right
 * @returns {Term}
 */
function joined(sign, left, right) {
  if (sign === "&&") return (scope) => truth(left(scope)) && truth(right(scope));
  if (sign === "||") return (scope) => truth(left(scope)) || truth(right(scope));
  const operator = OPERATORS[sign];
  return (scope) => operator(left(scope), right(scope));
}

/** @type {Record<string, (a: any, b: any) => any>} */
const OPERATORS = {
  "==": (a, b) => same(a, b),
  "!=": (a, b) => !same(a, b),
  "<": (a, b) => compared(a, b) < 0,
  "<=": (a, b) => compared(a, b) <= 0,
  ">": (a, b) => compared(a, b) > 0,
  ">=": (a, b) => compared(a, b) >= 0,
  in: (a, b) => list(b).some((item) => same(a, item)),
  "+": (a, b) => held(whole(a) + whole(b)),
  "-": (a, b) => held(whole(a) - whole(b)),
  "*": (a, b) => held(whole(a) * whole(b)),
  "/": (a, b) => held(whole(a) / divisor(b)),
  "%": (a, b) => held(whole(a) % divisor(b)),
};

/**
 * @param {string} name
 * @param {any[]} items
 * @param {(item: any) => any} body
 */
function macro(name, items, body) {
  if (name === "map") return items.map(body);
  if (name === "filter") return items.filter((item) => truth(body(item)));
  if (name === "exists") return items.some((item) => truth(body(item)));
  return items.every((item) => truth(body(item)));
}

/**
 * @param {any} of
 * @param {any} key
 */
function pick(of, key) {
  if (Array.isArray(of) && typeof key === "bigint" && key >= 0n && key < BigInt(of.length)) return of[Number(key)];
  if (of === null || typeof of !== "object" || Array.isArray(of) || !Object.hasOwn(of, String(key))) {
    throw new CelError(`nothing called "${String(key)}"`);
  }
  return of[String(key)];
}

/** @param {any} value */
function size(value) {
  if (typeof value === "string") return BigInt([...value].length);
  return BigInt(Array.isArray(value) ? value.length : Object.keys(value).length);
}

/** @param {any} value */
function truth(value) {
  if (typeof value !== "boolean") throw new CelError("not true or false");
  return value;
}

/** @param {any} value */
function whole(value) {
  if (typeof value !== "bigint") throw new CelError("not a whole number");
  return value;
}

/** @param {any} value */
function divisor(value) {
  if (whole(value) === 0n) throw new CelError("division by zero");
  return value;
}

/** @param {any} value */
function list(value) {
  if (!Array.isArray(value)) throw new CelError("not a list");
  return value;
}

/** @param {bigint} value */
function held(value) {
  if (value >= MOST || value < -MOST) throw new CelError("too large");
  return value;
}

/**
 * @param {any} a
 * @param {any} b
 */
function same(a, b) {
  return a === b;
}

/**
 * @param {any} a
 * @param {any} b
 */
function compared(a, b) {
  if (typeof a !== typeof b || (typeof a !== "bigint" && typeof a !== "string"))
    throw new CelError("cannot be compared");
  return a < b ? -1 : a > b ? 1 : 0;
}
