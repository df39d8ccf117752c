// What the custom elements share: finding what their markup must hold, and making elements from text.

/**
 * The one element of a kind inside another; the server wrote it there.
 * @template {Element} T
 * @param {ParentNode} within
 * @param {string} selector
 * @param {new () => T} kind
 * @returns {T}
 */
export function part(within, selector, kind) {
  const found = within.querySelector(selector);
  if (found instanceof kind) return found;
  throw new Error(`Nothing here matches ${selector}.`);
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} classes
 * @param {string} text
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, classes, text = '') {
  const made = document.createElement(tag);
  made.className = classes;
  made.textContent = text;
  return made;
}
