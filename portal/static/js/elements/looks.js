// Language, theme and type size are kept on the phone; the server's pages learn of them by cookies, which a worker
// cannot set.

const YEAR = 31_536_000;

/** Pages made on the phone carry a build id and the agent's looks on <html>. */
export function rememberLooks() {
  const { lang, classList, dataset } = document.documentElement;
  if (dataset.by !== "phone") return;
  keep("lang", lang);
  keep("theme", ["light", "dark"].find((theme) => classList.contains(theme)) ?? "");
  keep("type", classList.contains("type-large") ? "large" : "");
}

/**
 * @param {string} name
 * @param {string} value
 */
function keep(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=${value ? YEAR : 0}; SameSite=Lax${secure}`;
}
