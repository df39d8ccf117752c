// "/" goes to the field that the page marks with `data-search`, unless something is being typed.
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target instanceof Element && event.target.closest('input, textarea, select')) return;
  const field = document.querySelector('[data-search]');
  if (!(field instanceof HTMLElement)) return;
  event.preventDefault();
  field.focus();
});
