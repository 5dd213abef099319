// Named places where a test may stop the worker, to kill the browser there. Dead unless the phone's setting `failpoint`
// names one; a failpoint that fires leaves its name in `failpoint_fired`, so that the test sees that it did.

import { setSetting } from "../store/device.js";

/**
 * @param {Record<string, any>} settings
 * @param {"before-commit" | "after-commit-before-answer"} name
 */
export async function failpoint(settings, name) {
  if (settings.failpoint !== name) return;
  await setSetting("failpoint", null);
  await setSetting("failpoint_fired", name);
  await new Promise(() => {});
}
