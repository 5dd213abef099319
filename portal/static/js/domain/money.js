// Money in fen, to and from what people write. Whole numbers only. The server's twin is portal/money.py.

import { BLANK, halfWidthDigits } from "./blanks.js";

const YUAN = 100;
const WAN = 10_000 * YUAN;
const YI = 10_000 * WAN;
/** @type {Record<string, number>} */
const UNITS = { "": YUAN, 千: 1000 * YUAN, k: 1000 * YUAN, K: 1000 * YUAN, 万: WAN, w: WAN, W: WAN, 亿: YI };
const AMOUNT =
  /^(-?)(?:[¥￥]|RMB|CNY)?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]+))?([千万亿kKwW]?)(?:元|块|圆)?整?$/;
/** @type {Record<string, string>} */
const FOLDED = { "，": ",", "．": ".", "－": "-", "−": "-", Ｗ: "W", ｗ: "w" };
const BLANKS = new RegExp(`[${BLANK}]+`, "g");
const MAX_DIGITS = 15;

/**
 * Fen from 12万, 1,234.50, ¥3000元, 1.5亿; null for what is no amount, has parts of a fen or is beyond exact numbers.
 * @param {string} text
 * @returns {number | null}
 */
export function parse(text) {
  const folded = halfWidthDigits(text.replace(BLANKS, "")).replace(/[，．－−Ｗｗ]/g, (mark) => FOLDED[mark]);
  const found = AMOUNT.exec(folded);
  if (!found) return null;
  const [whole, decimals] = [found[2].replaceAll(",", ""), (found[3] ?? "").replace(/0+$/, "")];
  if (whole.length > MAX_DIGITS || decimals.length > MAX_DIGITS) return null;
  const scale = 10n ** BigInt(decimals.length);
  const scaled = BigInt(whole + decimals) * BigInt(UNITS[found[4]]);
  if (scaled % scale) return null;
  const fen = Number(scaled / scale);
  if (!Number.isSafeInteger(fen)) return null;
  return found[1] && fen ? -fen : fen;
}

/**
 * As it stands in a form field: 1234.50, whole yuan without decimals.
 * @param {number} fen
 */
export function typed(fen) {
  const [sign, yuan, cents] = split(fen);
  return `${sign}${yuan}${cents}`;
}

/**
 * To the fen: 6,420 元 / ¥6,420.
 * @param {number} fen
 * @param {string} [lang]
 */
export function exact(fen, lang = "zh-CN") {
  const [sign, yuan, cents] = split(fen);
  const number = grouped(yuan) + cents;
  return lang === "en" ? `${sign}¥${number}` : `${sign}${number} 元`;
}

/**
 * @param {number} fen
 * @returns {[string, number, string]} sign, yuan, cents with their point
 */
function split(fen) {
  const size = Math.abs(fen);
  const cents = size % 100;
  return [fen < 0 ? "-" : "", (size - cents) / 100, cents ? `.${String(cents).padStart(2, "0")}` : ""];
}

/**
 * As people say it, at most two decimals, half up: 120 万, 1.24 万, 870 元, 1.5 亿, 0 / ¥1,200k, ¥870.
 * @param {number} fen
 * @param {string} [lang]
 */
export function short(fen, lang = "zh-CN") {
  if (fen === 0) return "0";
  const [sign, size] = [fen < 0 ? "-" : "", Math.abs(fen)];
  const few = size < 1000 * YUAN;
  if (lang === "en") return `${sign}¥${few ? decimal(size, YUAN) : `${decimal(size, 1000 * YUAN)}k`}`;
  if (few) return `${sign}${decimal(size, YUAN)} 元`;
  // What rounds up to 10,000 万 is said as 1 亿.
  const [unit, word] = size >= YI - WAN / 200 ? [YI, "亿"] : [WAN, "万"];
  return `${sign}${decimal(size, unit)} ${word}`;
}

/**
 * @param {number} size fen
 * @param {number} unit fen
 */
function decimal(size, unit) {
  const hundredths = Number((BigInt(size) * 200n + BigInt(unit)) / (2n * BigInt(unit)));
  const rest = hundredths % 100;
  const decimals = rest ? `.${String(rest).padStart(2, "0")}`.replace(/0$/, "") : "";
  return grouped((hundredths - rest) / 100) + decimals;
}

/** @param {number} whole */
function grouped(whole) {
  return String(whole).replace(/\B(?=(?:[0-9]{3})+$)/g, ",");
}
