// The tag: one button. The panel is loaded when it is wanted. A second run does nothing.
(() => {
  const NAME = 'askorac-widget';
  const CHAT = 'M12 3.5c-5 0-8.5 3.3-8.5 7.6 0 2.2 1 4.1 2.6 5.5l-.6 3.9 4-1.8q1.2.3 2.5.3c5 0 8.5-3.5 8.5-7.9S17 3.5 12 3.5ZM8.5 9.5h7m-7 3.5H13';
  const DOWN = 'm6 9.5 6 6 6-6';
  // An important rule of `:host` wins over an important one of the page.
  const STYLE = `
:host{all:initial!important;position:fixed!important;z-index:2147483647!important}
@media print{:host{display:none!important}}
*{box-sizing:border-box}
.frame{--accent:#0b6480;--on:lch(from var(--accent) calc((49 - l)*99) 0 0);--x:max(20px,env(safe-area-inset-right));--y:max(20px,env(safe-area-inset-bottom));font:15px/1.5 system-ui,sans-serif}
button{all:unset;box-sizing:border-box;cursor:pointer}
:focus-visible{outline:2px solid var(--link,var(--accent));outline-offset:2px}
svg{display:block;width:24px;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
.bubble{position:fixed;right:var(--x);bottom:var(--y);padding:16px;border-radius:50%;background:var(--accent);color:var(--on);box-shadow:0 2px 4px #0003,0 6px 20px #0003}
[data-position=left] .bubble{right:auto;left:var(--x)}
[aria-busy=true]>svg{opacity:.5}
[aria-expanded=true]>:first-child,[aria-expanded=false]>:last-child{display:none}
@media(forced-colors:active){button,.question{border:1px solid}}`;

  /** @type {import('./types').Shell['icon']} */
  const icon = (path) => {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.appendChild(document.createElementNS(svg.namespaceURI, 'path')).setAttribute('d', path);
    return svg;
  };

  /** @type {import('./types').Draw} */
  const draw = ({ src, dataset: { oracProject = '', oracTheme = 'auto', oracPosition = 'right' } }) => {
    const host = document.createElement(NAME);
    const root = host.attachShadow({ mode: 'open' });
    const frame = document.createElement('section');
    const bubble = document.createElement('button');
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    Object.assign(frame, { className: 'frame', lang: 'en', dir: 'ltr', ariaLabel: 'Assistant' });
    Object.assign(frame.dataset, { theme: oracTheme, position: oracPosition });
    Object.assign(bubble, { className: 'bubble', ariaLabel: 'Ask a question', ariaHasPopup: 'dialog', ariaExpanded: 'false' });
    bubble.append(icon(CHAT), icon(DOWN));
    frame.append(bubble);
    root.append(frame);
    return {
      host, root, frame, bubble, icon,
      origin: new URL(src).origin,
      key: oracProject,
      tint: (color = '') => CSS.supports('color', color) && frame.style.setProperty('--accent', color),
      emit: (name, detail) => host.dispatchEvent(new CustomEvent(`orac:${name}`, { bubbles: true, detail })),
    };
  };

  /** @type {import('./types').MakeRun} */
  const makeRun = (shell) => {
    /** @type {Promise<import('./types').Run> | undefined} */
    let panel;
    let attempts = 0; // in the address, since a browser may remember that one failed
    const load = () => panel ??= import(`${shell.origin}/static/widget/panel.js?${attempts++}`).then(
      ({ mount }) => mount(shell),
      (error) => {
        panel = undefined;
        throw error;
      },
    );
    shell.bubble.onpointerenter = () => load().catch(() => {}); // it is told when the button is pressed
    return async (command, text) => {
      shell.bubble.title = '';
      shell.bubble.ariaBusy = 'true';
      try {
        (await load())(command, text);
      } catch (error) {
        shell.bubble.title = 'The assistant did not load. Select to try again.';
        shell.emit('error', { code: 'unavailable', message: shell.bubble.title });
        console.error(error);
      }
      shell.bubble.ariaBusy = 'false';
    };
  };

  /** @type {(tag: HTMLScriptElement) => void} */
  const start = (tag) => {
    const shell = draw(tag);
    const run = makeRun(shell);
    const attach = () => document.documentElement.append(shell.host); // last in the order of Tab
    attach();
    document.addEventListener('DOMContentLoaded', attach);
    shell.bubble.onclick = () => run('toggle');
    try {
      shell.tint(JSON.parse(localStorage[`askorac:${shell.key}`]).project.accent);
    } catch {
      shell.tint(tag.dataset.oracAccent); // nothing is remembered, or storage is denied
    }
    const queue = window.Orac?.q ?? [];
    window.Orac = run;
    shell.emit('ready');
    for (const [command, text] of queue) run(command, text);
  };

  const current = /** @type {HTMLScriptElement?} */ (document.currentScript);
  const tag = current?.dataset.oracProject ? current : document.querySelector('script[data-orac-project]');
  if (tag && !document.querySelector(NAME)) start(/** @type {HTMLScriptElement} */ (tag));
})();
