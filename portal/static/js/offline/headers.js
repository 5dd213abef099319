// What every response of the worker says to the browser: the same as the server's (a response made by a worker has no
// content policy of its own), and that it was the worker.

import { HEADERS } from "../generated/build.js";

/**
 * @param {Record<string, string>} [more]
 * @returns {Headers}
 */
export function headers(more = {}) {
  return new Headers({
    ...HEADERS,
    // No copy of a page anywhere: "back" asks the worker again and shows what is true now.
    "Cache-Control": "no-store",
    "X-By": "sw",
    ...more,
  });
}
