// htmx, for those pages of the server that have hx- attributes: a file of its own that app.js asks for when it is needed.

import htmx from "htmx.org";

// Everything that would need eval is off by the content policy; this only keeps htmx from adding a style sheet.
htmx.config.includeIndicatorCSS = false;

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  ctx.request.headers["X-Build"] = document.documentElement.dataset.build ?? "";
});
