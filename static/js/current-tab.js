// On a narrow screen the tabs of a page scroll sideways: the current one is brought into sight.
const current = document.querySelector('.tabs [aria-current]');
const tabs = current?.closest('.tabs');
if (current && tabs) {
  const middle = (/** @type {Element} */ element) => {
    const box = element.getBoundingClientRect();
    return box.left + box.width / 2;
  };
  tabs.scrollLeft += middle(current) - middle(tabs);
}
