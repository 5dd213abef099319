// Runs inside a page: what a careful reader finds on it. One expression, for Page.evaluate; reader.py judges.
//
// looks: those to put on; the first is looked at with all that axe knows, the others with `rules`, what a look can change.

async ({ looks, rules }) => {
  const SMALLEST = 44;
  const SAID = [
    "aria-label",
    "aria-description",
    "aria-valuetext",
    "aria-roledescription",
    "title",
    "placeholder",
    "alt",
  ];
  const root = document.documentElement;

  /** Whether the text of this element is in the language of the page. @param {Element | null} element */
  const isOurs = (element) => (element?.closest("[lang]")?.getAttribute("lang") ?? root.lang) === root.lang;
  /** @param {Element} element */
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: false });
  /** @param {Element} element */
  const named = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 110);

  /** What stands in <noscript> is markup where scripts run. @param {Node} node */
  const worded = (node) =>
    (node.textContent ?? "").replace(node.parentElement?.localName === "noscript" ? /<[^>]*>/g : /$^/g, " ");

  /** Every text of the page, also the hidden ones: they are shown one day. @returns {string[]} */
  function texts() {
    const found = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (!parent?.closest("script, style") && isOurs(parent)) found.push(worded(node));
    }
    for (const element of document.body.querySelectorAll("*")) {
      if (!isOurs(element)) continue;
      for (const { name, value } of element.attributes) if (SAID.includes(name)) found.push(value);
      if (element.matches("optgroup[label]")) found.push(element.getAttribute("label") ?? "");
      if (element.matches("input[type=submit], input[type=button]")) found.push(element.getAttribute("value") ?? "");
    }
    return found.map((text) => text.replace(/\s+/g, " ").trim()).filter(Boolean);
  }

  /** Words that an element will say later wait in its data attributes. @returns {string[]} */
  function words() {
    const all = [...document.querySelectorAll("*")].filter(isOurs).flatMap((element) => [...element.attributes]);
    return all.filter(({ name }) => name.startsWith("data-")).map(({ value }) => value);
  }

  /** What a finger is meant for. A link within a sentence is as high as its line. @returns {Element[]} */
  function targets() {
    const all = document.querySelectorAll(
      "a[href], button, summary, input[type=submit], label:has([type=radio], [type=checkbox])",
    );
    return [...all].filter((element) => isShown(element) && !element.closest(".sr") && !isInSentence(element));
  }

  /** @param {Element} element */
  function isInSentence(element) {
    if (getComputedStyle(element).display !== "inline") return false;
    return [...(element.parentElement?.childNodes ?? [])].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim(),
    );
  }

  /**
   * How far a finger may land from the middle of a target and still hit it; what a pseudo-element adds counts.
   * @param {Element} element
   * @param {number} x
   * @param {number} y
   * @param {[number, number]} way
   */
  function reach(element, x, y, [right, down]) {
    let steps = 0;
    while (steps < SMALLEST && element.contains(document.elementFromPoint(x + steps * right, y + steps * down)))
      steps++;
    return steps;
  }

  /** @param {Element} element @returns {[number, number]} width and height of what can be hit */
  function size(element) {
    const { width, height } = element.getBoundingClientRect();
    if (width > SMALLEST - 0.5 && height > SMALLEST - 0.5) return [width, height];
    element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const { left, top } = element.getBoundingClientRect();
    /** @param {[number, number]} way */
    const far = (way) => reach(element, left + width / 2, top + height / 2, way);
    return [Math.max(width, far([-1, 0]) + far([1, 0])), Math.max(height, far([0, -1]) + far([0, 1]))];
  }

  /** @returns {string[]} what a thumb would miss */
  function small() {
    const found = targets().flatMap((element) => {
      const [width, height] = size(element);
      if (Math.min(width, height) > SMALLEST - 0.5) return [];
      return [`${Math.round(width)}×${Math.round(height)} ${named(element)}`];
    });
    scrollTo(0, 0);
    return found;
  }

  /** @param {string} look light, dark or type-large */
  function wear(look) {
    root.classList.remove("light", "dark", "type-large");
    root.classList.add(look === "type-large" ? "light" : look, look);
    document.getAnimations().forEach((animation) => animation.finish());
  }

  /** @returns {string} how much the page is too wide, and what sticks out; "" where nothing does */
  function wider() {
    const width = document.scrollingElement?.scrollWidth ?? 0;
    if (width <= innerWidth) return "";
    /** @param {Element} element */
    const sticksOut = (element) => element.getBoundingClientRect().right > innerWidth + 1;
    const widest = [...document.body.querySelectorAll("*")].filter(sticksOut).at(-1);
    return `${width} px wide: ${widest ? named(widest) : "?"}`;
  }

  /** @param {string[]} [only] rules, if not all @returns {Promise<string[]>} */
  async function violations(only) {
    const options = { resultTypes: ["violations"], ...(only && { runOnly: only }) };
    const { violations: found } = await /** @type {any} */ (globalThis).axe.run(document, options);
    return found.flatMap((/** @type {any} */ { id, nodes }) =>
      nodes.slice(0, 3).map((/** @type {any} */ { target, html }) => `${id} at ${target}: ${html.slice(0, 110)}`),
    );
  }

  const found = {
    path: location.pathname + location.search,
    lang: root.lang,
    titled: /\S.* · /.test(document.title),
    headings: [...document.querySelectorAll("h1")].filter(isShown).map((h1) => h1.textContent?.trim() ?? ""),
    texts: texts(),
    words: words(),
    small: small(),
    wide: /** @type {Record<string, string>} */ ({}),
    axe: /** @type {Record<string, string[]>} */ ({}),
  };
  for (const [number, look] of looks.entries()) {
    wear(look);
    const wide = wider();
    if (wide) found.wide[look] = wide;
    if (look === "type-large") found.small.push(...small().map((one) => `large type: ${one}`));
    found.axe[look] = await violations(number === 0 ? undefined : rules);
  }
  return found;
};
