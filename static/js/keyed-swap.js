// hx-swap="keyed": of a list that is polled, only what changed is replaced, so that nothing that is
// hovered, focused or scrolled to is touched. Children are matched by id; an element with
// `data-keyed` is looked into, any other is replaced when its `data-version` differs.
function reconcile(current, next) {
  const before = new Map([...current.children].map((child) => [child.id, child]));
  const kept = [...next.children].map((child) => merge(before.get(child.id), child));
  for (const child of [...current.children]) {
    if (!kept.includes(child)) child.remove();
  }
  let place = current.firstElementChild;
  for (const child of kept) {
    if (child === place) place = place.nextElementSibling;
    else current.insertBefore(child, place);
  }
}

function merge(current, next) {
  if (!current) return next;
  if (current.hasAttribute('data-keyed') && next.hasAttribute('data-keyed')) {
    reconcile(current, next);
    return current;
  }
  return current.dataset.version === next.dataset.version ? current : next;
}

function focusAgain(id) {
  if (id && document.activeElement === document.body) document.getElementById(id)?.focus({ preventScroll: true });
}

window.htmx.defineExtension('keyed', {
  isInlineSwap: (style) => style === 'keyed',
  handleSwap(style, target, fragment) {
    if (style !== 'keyed') return false;
    const next = fragment.firstElementChild ?? fragment;
    const focused = document.activeElement?.id;
    reconcile(target, next);
    focusAgain(focused);
    return [target];
  },
});
