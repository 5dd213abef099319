// A change could not be kept: the page stays with everything that was typed, and says why.

import { listen } from "../sync/page.js";

/** @param {string} text */
function say(text) {
  document.querySelector("[data-stopped]")?.remove();
  const note = document.createElement("p");
  note.className = "toast";
  note.setAttribute("role", "alert");
  note.dataset.stopped = "";
  note.textContent = text;
  (document.querySelector("dialog[open]") ?? document.body).append(note);
}

listen(({ type, text }) => {
  if (type === "stopped" && document.visibilityState === "visible") say(text);
});

document.addEventListener("input", () => document.querySelector("[data-stopped]")?.remove());
