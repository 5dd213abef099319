// What runs in a page: htmx where it helps, one custom element per behaviour, the worker kept running.

import htmx from "htmx.org";
import "./elements/auto-submit.js";
import "./elements/call-link.js";
import "./elements/draft-form.js";
import "./elements/first-sync.js";
import "./elements/fresh-page.js";
import "./elements/install-hint.js";
import "./elements/live-plan.js";
import "./elements/live-sum.js";
import "./elements/pick-list.js";
import "./elements/reveal-password.js";
import "./elements/search-box.js";
import "./elements/sheet-link.js";
import "./elements/signed-out.js";
import "./elements/stop-note.js";
import "./elements/sync-badge.js";
import "./elements/toast-note.js";
import "./elements/update-notice.js";
import "./elements/worker-start.js";
import { anyDirty } from "./elements/dirty.js";
import { rememberLooks } from "./elements/looks.js";
import { keepLive } from "./sync/live.js";
import { hasWorker, keepInStep } from "./sync/page.js";

// Everything that would need eval is off by the content policy; this only keeps htmx from adding a style sheet.
htmx.config.includeIndicatorCSS = false;

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  ctx.request.headers["X-Build"] = document.documentElement.dataset.build ?? "";
});

rememberLooks();
if (hasWorker()) {
  keepInStep(anyDirty);
  keepLive();
}
