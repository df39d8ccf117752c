// One button an assistant; the panel loads when wanted.
/** @import { Call, Draw, Run, Start } from './types' */
(() => {
  const CHAT = 'M7 4h10a3 3 0 0 1 3 3v6a3 3 0 0 1-3 3h-5l-4 4v-4H7a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3ZM8 8.5h8M8 12h5';
  const ASK = '|de:Fragen|fr:Demander|es:Preguntar|it:Chiedere|pt:Perguntar|nl:Vragen|ja:質問する|zh:提问|ar:اسأل|';
  // `:host` and the top layer win over the page.
  const STYLE = `
:host{all:initial!important}
:host([popover]){position:fixed!important;z-index:2147483647!important}
@media print{:host{display:none!important}}
*{box-sizing:border-box}
.frame{--accent:#0b6480;--on:#fff;--x:max(20px,env(safe-area-inset-right));--y:max(20px,env(safe-area-inset-bottom));font:15px/1.5 system-ui,sans-serif}
@supports(color:lch(from red l c h)){.frame{--on:lch(from var(--accent) calc((49 - l)*99) 0 0)}}
button{all:unset;box-sizing:border-box;cursor:pointer}
:focus-visible{outline:2px solid var(--link,var(--accent));outline-offset:2px}
svg{display:block;width:24px;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
.bubble{position:fixed;right:var(--x);bottom:var(--y);padding:16px;border-radius:50%;background:var(--accent);color:var(--on);box-shadow:0 4px 16px #0004}
[data-position=left] .bubble{right:auto;left:var(--x)}
[aria-busy=true]>svg{opacity:.5}
@media(forced-colors:active){button,.question{border:1px solid}}`;

  const icon = (path = '') => {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.appendChild(document.createElementNS(svg.namespaceURI, 'path')).setAttribute('d', path);
    return svg;
  };

  /** @type {Draw} */
  const draw = (src, { oracProject: key = '', oracTarget: target = '', oracMode = 'inline', oracTheme, oracContext: context }) => {
    const host = document.createElement('askorac-widget');
    const root = host.attachShadow({ mode: 'open' });
    const frame = document.createElement('section');
    const bubble = document.createElement('button');
    const sheet = new CSSStyleSheet();
    const inline = target && oracMode !== 'bubble' ? oracMode : '';
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    root.append(frame);
    Object.assign(frame, { className: 'frame', ariaLabel: 'Assistant' });
    Object.assign(bubble, { className: 'bubble', ariaHasPopup: 'dialog', ariaExpanded: 'false' });
    bubble.append(icon(CHAT));
    if (!inline) {
      host.setAttribute('popover', 'manual');
      frame.append(bubble);
    }
    return {
      host, root, frame, bubble, icon, key, target, context, inline,
      name: key + target,
      origin: new URL(src).origin,
      dress: (project) => {
        frame.dataset.theme = oracTheme ?? project.theme ?? 'auto';
        for (const [name, colour = ''] of Object.entries({ accent: project.accent, ...project.colours })) {
          frame.style.setProperty(`--${name}`, CSS.supports('color', colour) ? colour : '');
        }
      },
      emit: (name, detail) => host.dispatchEvent(new CustomEvent(`orac:${name}`, { bubbles: true, composed: true, detail })),
    };
  };

  /** @type {Start} */
  const start = ({ src, dataset }, all) => {
    const shell = draw(src, dataset);
    const { host, frame, bubble, name } = shell;
    for (const other of all) if (other.name === name) return;
    /** @type {Promise<Run> | undefined} */
    let panel;
    let attempts = 0; // a failed address is remembered
    let left = 99; // a page may insist
    let project = { accent: dataset.oracAccent, position: 'right' };

    const speak = (code = 'auto') => {
      const [wanted] = (code === 'auto' ? document.documentElement.lang || navigator.language : code).split('-');
      const [, said] = ASK.split(`|${wanted}:`);
      frame.lang = said ? wanted : 'en';
      frame.dir = wanted === 'ar' ? 'rtl' : 'ltr';
      [bubble.ariaLabel] = (said ?? 'Ask a question').split('|');
    };
    const attach = () => {
      const place = shell.target ? document.querySelector(shell.target) : document.documentElement;
      if (!place || (host.parentNode === place && host.nextElementSibling?.nodeName !== 'BODY') || !left--) return;
      place.append(host);
      if (!shell.inline) host.showPopover?.();
    };
    const load = () => panel ??= import(`${shell.origin}/static/widget/panel.js?${attempts++}`).then(({ mount }) => mount(shell));
    /** @type {Run} */
    const run = async (command, value, listener) => {
      if (command === 'on') host.addEventListener(`orac:${value}`, listener);
      if (command === 'off') host.removeEventListener(`orac:${value}`, listener);
      if (command === 'context') shell.context = value;
      if (command === 'locale') speak(value);
      if (command === 'destroy') {
        observer.disconnect();
        host.remove();
        all.delete(assistant);
      }
      if (!panel && !/open|ask|toggle|reset|show/.test(command)) return;
      bubble.title = '';
      bubble.ariaBusy = 'true';
      try {
        (await load())(command, value);
      } catch (error) {
        panel = undefined;
        bubble.title = 'The assistant did not load. Select to try again.';
        shell.emit('error', { code: 'unavailable', message: bubble.title });
        console.error(error);
      }
      bubble.ariaBusy = 'false';
    };

    const assistant = { ...shell, run };
    all.add(assistant);
    try {
      project = JSON.parse(localStorage[`askorac:${name}`]).project ?? project;
    } catch { /* nothing, or denied */ }
    frame.dataset.mode = shell.inline;
    frame.dataset.position = dataset.oracPosition ?? project.position;
    shell.dress(project);
    speak(dataset.oracLocale);
    const observer = new MutationObserver(attach);
    observer.observe(document, { childList: true, subtree: true });
    attach();
    bubble.onpointerenter = () => load().catch(() => panel = undefined);
    bubble.onclick = () => run('toggle');
    if (shell.inline) run('show');
    queueMicrotask(() => shell.emit('ready'));
  };

  const before = window.Orac;
  const all = before?.all ?? new Set();
  for (const tag of /** @type {HTMLScriptElement[]} */ ([...document.querySelectorAll('script[data-orac-project]'), document.currentScript])) {
    if (tag?.dataset.oracProject) start(tag, all);
  }
  if (before?.all) return;
  const orac = window.Orac = Object.assign((/** @type {Call} */ ...call) => {
    const [command, value, last = command === 'context' ? '' : value] = call;
    let isHeard = false;
    for (const { key, run } of [...all]) {
      if (last?.project ? key !== last.project : isHeard && /open|ask|toggle/.test(command)) continue;
      isHeard = true;
      run(...call);
    }
  }, { all });
  for (const call of before?.q ?? []) orac(...call);
})();
