// Runs inside a page: where the Tab key should stop, and where it is. One expression, for Page.evaluate.
//
// Called with "start" it gives every stop of the page, called with "here" the one that has the focus.

(what) => {
  /** @param {Element} element */
  const named = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 110);
  /** @param {any} element */
  const isStop = (element) =>
    !element.disabled && element.type !== "hidden" && element.checkVisibility({ visibilityProperty: true });
  /** One radio button stands for its group. @param {any} element @returns {any} */
  const leader = (element) =>
    element.type === "radio" ? [...document.getElementsByName(element.name)].find(isStop) : element;

  /** How an element looks, and what stands around it: some show the focus on their label or box. @param {any} element */
  function looks(element) {
    const { parentElement, nextElementSibling } = element;
    const around = [element, parentElement, parentElement?.parentElement, nextElementSibling].filter(Boolean);
    return around
      .map((one) => {
        const { outlineStyle, outlineWidth, boxShadow, borderColor, backgroundColor } = getComputedStyle(one);
        return [outlineStyle, outlineWidth, boxShadow, borderColor, backgroundColor].join();
      })
      .join(";");
  }

  function start() {
    /** @type {any} */ (document.activeElement)?.blur();
    const all = document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']");
    const stops = [...all].filter((element) => isStop(element) && leader(element) === element);
    const texts = stops.map(named);
    Object.assign(globalThis, { atFirst: { stops, texts, looks: stops.map(looks) } });
    return texts;
  }

  function here() {
    const element = document.activeElement;
    if (!element || element === document.body || element === document.documentElement) return null;
    document.getAnimations().forEach((animation) => animation.finish());
    const first = /** @type {any} */ (globalThis).atFirst;
    const known = first.stops.indexOf(leader(element));
    // What was drawn anew meanwhile is known by its text.
    const step = known >= 0 ? known : first.texts.indexOf(named(element));
    const { top, bottom } = element.getBoundingClientRect();
    return { step, top, bottom, html: named(element), marked: first.looks[step] !== looks(element) };
  }

  return what === "start" ? start() : here();
};
