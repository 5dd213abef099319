// What runs in a page: one custom element per behaviour, htmx where the server's pages want it, the worker kept running.

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

// @ts-expect-error the build puts the address of elements/htmx.js here
if (document.querySelector("[hx-get], [hx-post]")) void import(HTMX_URL);

rememberLooks();
if (hasWorker()) {
  keepInStep(anyDirty);
  keepLive();
}
