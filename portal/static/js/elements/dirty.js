// Which forms on this page hold something that is typed and not sent.

/** @type {Set<Element>} */
const dirty = new Set();

/**
 * @param {Element} form
 * @param {boolean} isDirty
 */
export function mark(form, isDirty) {
  if (isDirty) dirty.add(form);
  else dirty.delete(form);
}

/** @returns {boolean} */
export function anyDirty() {
  return [...dirty].some((form) => form.isConnected);
}
