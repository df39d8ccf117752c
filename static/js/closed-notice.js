/// <reference path="./browser.d.ts" />
// Content that does not open is answered with a notice (askorac.web.closed). It takes the place of
// the part of the page that was asked for; that of a change stands among the page's notices.
document.body.addEventListener('htmx:beforeSwap', (event) => {
  if (!(event instanceof CustomEvent)) return;
  const { detail } = event;
  if (detail.xhr.getResponseHeader('X-Fragment') !== 'notice') return;
  detail.shouldSwap = true;
  detail.isError = false;
  detail.swapOverride = 'innerHTML';
  if (detail.requestConfig.verb !== 'get') detail.target = document.getElementById('notices') ?? detail.target;
});
