// <pick-list><form>… <input type="checkbox" name="customer"> … <input type="checkbox" data-all></form></pick-list>
//
// Says beside the button how many are ticked. Ticking "all" ticks what is shown, and means what is not shown too; one
// that is unticked then is spared: the form says so.

class PickList extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", (event) => this.#follow(event.target));
    // htmx has put in other rows, or more of them.
    document.addEventListener("htmx:after:swap", this.#count);
    queueMicrotask(this.#count);
  }

  disconnectedCallback() {
    document.removeEventListener("htmx:after:swap", this.#count);
  }

  /** @param {EventTarget | null} box */
  #follow(box) {
    if (!(box instanceof HTMLInputElement)) return;
    const all = this.#all();
    if (box === all) for (const each of this.#boxes()) tick(each, all.checked, false);
    else if (all?.checked) tick(box, box.checked, !box.checked);
    this.#count();
  }

  #count = () => {
    const said = document.getElementById("picked");
    if (!said) return;
    const all = this.#all();
    const ticked = all?.checked ? Number(all.dataset.count) - this.#spared() : this.#ticked();
    const { none = "", one = "", many = "" } = said.dataset;
    said.textContent = ticked === 0 ? none : ticked === 1 ? one : many.replace("%(n)s", String(ticked));
  };

  #ticked() {
    return this.#boxes().filter((box) => box.checked).length;
  }

  #spared() {
    return this.querySelectorAll("input[name=except]").length;
  }

  /** @returns {HTMLInputElement | null} */
  #all() {
    return this.querySelector("[data-all]");
  }

  /** @returns {HTMLInputElement[]} */
  #boxes() {
    return [...this.querySelectorAll("input[name=customer]")].filter((box) => box instanceof HTMLInputElement);
  }
}

/**
 * @param {HTMLInputElement} box
 * @param {boolean} checked
 * @param {boolean} spared
 */
function tick(box, checked, spared) {
  box.checked = checked;
  box.parentElement?.querySelector("input[name=except]")?.remove();
  if (!spared) return;
  const mark = Object.assign(document.createElement("input"), { type: "hidden", name: "except", value: box.value });
  box.after(mark);
}

customElements.define("pick-list", PickList);
