import { lateFrom } from "../../portal/static/js/offline/late.js";
import { isPhones, match, redirect } from "../../portal/static/js/offline/router.js";
import { civilDate, clock, syncState } from "../../portal/static/js/offline/shell.js";
import { wordsIn } from "../../portal/static/js/offline/words.js";
import { kindOf } from "../../portal/static/js/elements/install-hint.js";
import { check, equal } from "./checks.js";

check("an address finds its handler", () => {
  const handle = () => redirect("/");
  const routes = [
    { method: /** @type {const} */ ("GET"), pattern: "/customers/new", name: "new", handle },
    { method: /** @type {const} */ ("GET"), pattern: "/customers/:id", name: "show", handle },
    { method: /** @type {const} */ ("POST"), pattern: "/customers/:id/visits", name: "visit", handle },
  ];
  equal(match(routes, "GET", "/customers/new")?.route.name, "new");
  equal(match(routes, "GET", "/customers/a%20b/")?.params, { id: "a b" });
  equal(match(routes, "POST", "/customers/1/visits")?.params, { id: "1" });
  equal([match(routes, "POST", "/customers/1"), match(routes, "GET", "/")], [null, null]);
  equal(["/today", "/me/pin", "/sync/push", "/setup", "/", "/todays"].map(isPhones), [
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

check("the state of sync is a word and a time, the worst first", () => {
  const { _, ngettext } = wordsIn("en");
  const calm = {
    ready: true,
    loading: { done: 640, total: 2016, parts: {} },
    offline: false,
    trouble: null,
    conflicts: 0,
    refused: 0,
    waiting: 0,
    oldest_at: null,
    last_synced_at: "2026-11-22T00:41:00.000Z",
    evicted_at: null,
    evicted_waiting: 0,
  };
  const of = (/** @type {any} */ more) => Object.values(syncState({ ...calm, ...more }, _, ngettext)).slice(0, 2);
  equal(of({}), ["synced", "08:41"]);
  equal(of({ offline: true }), ["offline", "Offline, 08:41"]);
  equal(of({ waiting: 3, offline: true }), ["waiting", "08:41 · 3 waiting"]);
  equal(of({ waiting: 3, conflicts: 1 }), ["conflict", "1 to decide"]);
  equal(of({ conflicts: 1, refused: 2 }), ["refused", "2 sent back"]);
  equal(of({ trouble: "sign_in" }), ["refused", "Sign in again"]);
  equal(of({ ready: false }), ["loading", "640 / 2016"]);
});

check("what came late says from whom, where the name is known", () => {
  const { _ } = wordsIn("en");
  const agent = /** @type {any} */ ({ id: "me", colleagues: { a2: "Wang" } });
  const of = (/** @type {any} */ late_from, of = agent) => lateFrom({ _, agent: of }, { late_from });
  equal(
    [undefined, null, "me"].map((who) => of(who)),
    ["", "", ""],
  );
  equal(of("a2"), "late, from Wang");
  equal(of("a3"), "late, from the agent before you");
  equal(of("a2", { id: "me" }), "late, from the agent before you");
});

check("days and times are China's", () => {
  equal(civilDate(new Date("2026-11-21T16:00:00Z")), "2026-11-22");
  equal(clock("2026-11-22T00:41:59.999Z"), "08:41");
});

check("the install hint knows the browsers", () => {
  const plain = { agent: "Mozilla/5.0 (Linux; Android 14) Chrome/120", standalone: false, canAsk: false, touch: true };
  equal(kindOf({ ...plain, canAsk: true }), "android");
  equal(kindOf(plain), "vendor");
  equal(kindOf({ ...plain, standalone: true }), "installed");
  equal(kindOf({ ...plain, agent: "Mozilla/5.0 (iPhone) Safari" }), "ios");
  equal(kindOf({ ...plain, agent: "Mozilla/5.0 (Macintosh) Safari" }), "ios");
  equal(kindOf({ ...plain, agent: "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8" }), "wechat");
  equal(kindOf({ ...plain, agent: "Mozilla/5.0 (Windows NT 10.0)", touch: false }), "desktop");
});
