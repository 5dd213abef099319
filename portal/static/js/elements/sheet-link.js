// <sheet-link><a href="/customers/…/visits/new">…</a></sheet-link>
//
// Opens the page behind the link as a sheet from the bottom. What is shown is the `.sheet-form` of that page, or the
// element around it that keeps its draft; the page itself works at its own address when this does not.

const LARGEST = ":is(draft-form, live-sum):has(> .sheet-form), .sheet-form";

class SheetLink extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => void this.#open(event));
  }

  /** @param {MouseEvent} event */
  async #open(event) {
    const link = /** @type {Element} */ (event.target).closest("a");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    const sheet = await sheetOf(link.href).catch(() => null);
    if (!sheet) location.assign(link.href);
    else show(sheet, link);
  }
}

/**
 * @param {string} href
 * @returns {Promise<Element | null>}
 */
async function sheetOf(href) {
  const response = await fetch(href);
  if (!response.ok || response.redirected) return null;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return page.querySelector(LARGEST);
}

/**
 * @param {Element} content
 * @param {HTMLElement} opener gets the focus back
 */
function show(content, opener) {
  const dialog = document.createElement("dialog");
  dialog.className = "sheet";
  const head = content.querySelector(".sheet-title");
  if (head) {
    head.id = "sheet-title";
    dialog.setAttribute("aria-labelledby", "sheet-title");
  }
  dialog.append(document.importNode(content, true));
  dialog.addEventListener("close", () => {
    dialog.remove();
    opener.focus();
  });
  dialog.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const outside = target === dialog && !isInside(dialog, event);
    if (outside || target.closest("[data-close]")) {
      event.preventDefault();
      dialog.close();
    }
  });
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {MouseEvent} event
 */
function isInside(dialog, { clientX, clientY }) {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
}

// Coming back by the browser's own way shows the page as it was left: without the sheet.
addEventListener("pageshow", () => {
  for (const dialog of document.querySelectorAll("dialog.sheet")) /** @type {HTMLDialogElement} */ (dialog).close();
});

customElements.define("sheet-link", SheetLink);
