// The one door of the phone's store: every value passes here on its way in and out.
//
// Both are synchronous on purpose. An IndexedDB transaction ends by itself when anything but the database is awaited,
// so a cipher that is to be used inside one must answer at once. Until it exists a value passes as it is, and nothing
// on a screen says otherwise.

/**
 * @template T
 * @param {T} value what is to be kept
 * @returns {T} what goes into the database
 */
export function seal(value) {
  return value;
}

/**
 * @template T
 * @param {T} sealed what lies in the database
 * @returns {T}
 */
export function open(sealed) {
  return sealed;
}
