/// <reference path="./browser.d.ts" />
// hx-swap="keyed": of a list that is polled, only what changed is replaced, so that nothing that is
// hovered, focused or scrolled to is touched. Children are matched by id; an element with
// `data-keyed` is looked into, any other is replaced when its `data-version` differs.

/** @param {Element} current @param {Element} next */
function reconcile(current, next) {
  const before = new Map([...current.children].map((child) => [child.id, child]));
  const wanted = [...next.children].map((child) => merge(before.get(child.id), child));
  for (const child of before.values()) {
    if (!wanted.includes(child)) child.remove();
  }
  let place = current.firstElementChild;
  for (const child of wanted) {
    if (child === place) place = place.nextElementSibling;
    else current.insertBefore(child, place);
  }
}

/** @param {Element | undefined} current @param {Element} next */
function merge(current, next) {
  if (!current) return next;
  if (current.hasAttribute('data-keyed') && next.hasAttribute('data-keyed')) {
    reconcile(current, next);
    return current;
  }
  return current.getAttribute('data-version') === next.getAttribute('data-version') ? current : next;
}

/** A row that was replaced under the focus gives it to the same place of the new one. @param {string | undefined} id */
function focusAgain(id) {
  if (id && document.activeElement === document.body) document.getElementById(id)?.focus({ preventScroll: true });
}

window.htmx?.defineExtension('keyed', {
  isInlineSwap: (style) => style === 'keyed',
  handleSwap(style, target, fragment) {
    if (style !== 'keyed') return false;
    const next = fragment instanceof DocumentFragment ? fragment.firstElementChild : fragment;
    if (!(next instanceof Element) || next.id !== target.id) {
      location.reload(); // another page answered, the login perhaps
      return [];
    }
    const focused = document.activeElement?.id;
    reconcile(target, next);
    focusAgain(focused);
    return [target];
  },
});
