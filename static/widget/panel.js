// The panel: a dialog that opens from the bubble, or a part of the page, with the conversation and the field.

import { begin, makeActions, makeListener, recall, turnTo } from './conversation.js';
import { element } from './elements.js';
import { makeLog } from './log.js';
import { makeSocket } from './socket.js';
import { STYLE } from './style.js';
import { ENGLISH } from './words.js';
/** @import { Converse, MakeComposer, MakePanel, Memory, Mount, Run, Talk, Trap, WordsOf } from './types' */

const UP = 'M12 19V5.5M6 11.5l6-6 6 6';
const FOLD = 'm6 9.5 6 6 6-6';
const CROSS = 'm7 7 10 10M17 7 7 17';
const SQUARE = 'M7 7h10v10H7z';
const PLUS = 'M12 5v14M5 12h14';
const CLOCK = 'M12 8v4.5l3 2M12 4a8 8 0 1 0 .1 0';
const PHONE = matchMedia('(max-width:479.9px),(max-height:419.9px)'); // as in the style: the panel covers the page

/** @type {MakeComposer} */
const makeComposer = ({ icon, words }, { ask, stop, typed }) => {
  const field = element('textarea', { rows: 1, dir: 'auto', maxLength: 4000, ariaLabel: words.question, placeholder: words.ask });
  const button = element('button', { className: 'send' });
  let busySince = 0;

  const changed = () => {
    button.disabled = !busySince && !field.value.trim();
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight}px`;
    typed(field.value);
  };
  const submit = () => {
    const question = field.value.trim();
    if (!question || busySince) return;
    field.value = '';
    changed();
    ask(question);
  };
  field.oninput = changed;
  field.onkeydown = (event) => {
    const composing = event.isComposing || event.keyCode === 229; // Enter chooses a character of an input method
    if (event.key !== 'Enter' || event.shiftKey || composing) return;
    event.preventDefault();
    submit();
  };
  button.onclick = () => {
    if (!busySince) submit();
    else if (Date.now() - busySince > 500) stop(); // sooner it is a double click on Send
    field.focus();
  };
  return {
    composer: element('div', { className: 'composer' }, field, button),
    putBack: (text, isQuiet) => {
      field.value ||= text;
      changed();
      if (!isQuiet) field.focus({ preventScroll: true });
    },
    setBusy: (busy) => {
      busySince = busy ? Date.now() : 0;
      button.replaceChildren(icon(busy ? SQUARE : UP));
      button.ariaLabel = busy ? words.stop : words.send;
      changed();
    },
  };
};

/** Keeps Tab inside. @type {Trap} */
const trap = (panel, root, event) => {
  /** @type {HTMLElement[]} */
  const stops = [];
  for (const node of /** @type {NodeListOf<HTMLButtonElement>} */ (panel.querySelectorAll('button,a,textarea,[tabindex="0"]'))) {
    if (node.tabIndex >= 0 && !node.disabled && node.offsetParent) stops.push(node);
  }
  if (event.shiftKey) stops.reverse();
  if (root.activeElement !== stops[stops.length - 1]) return;
  event.preventDefault();
  stops[0].focus();
};

/** @type {MakePanel} */
const makePanel = (shell, actions, signal) => {
  const { host, root, bubble, frame, icon, emit, origin, words, inline } = shell;
  const { composer, ...field } = makeComposer(shell, actions);
  const { parts, ...said } = makeLog(shell, actions, field.putBack);
  const tool = (label = '', path = '', onclick = () => {}) => element('button', { className: 'tool', ariaLabel: label, title: label, onclick }, icon(path));
  const title = element('h2', { id: 'title', dir: 'auto' }, words.talk);
  const face = element('canvas', { width: 128, height: 128, hidden: true });
  const status = element('p', { className: 'status', role: 'status' });
  const foot = element('p', { className: 'foot', hidden: true }, words.quotes);
  const header = element('header', {}, face, title, tool(words.anew, PLUS, actions.renew), tool(words.past, CLOCK, actions.showPast));
  const panel = /** @type {HTMLDialogElement} */ (element(inline ? 'section' : 'dialog', { className: 'panel' }, header, ...parts, status, composer, foot));
  let drawn = '';
  /** @type {HTMLElement | null} what had the focus */
  let before = null;

  const mark = (isOpen = true) => {
    bubble.ariaExpanded = `${isOpen}`;
    bubble.ariaLabel = isOpen ? words.shut : words.ask;
    emit(isOpen ? 'open' : 'close');
  };
  const show = (isOpen = true) => {
    if (inline || panel.open === isOpen) return inline && field.putBack('');
    if (!isOpen) return panel.close();
    before = /** @type {HTMLElement | null} */ (document.activeElement);
    if (PHONE.matches) panel.showModal();
    else panel.show();
    mark();
    fit();
    field.putBack('');
  };
  const fit = () => { // the whole of what is seen of the page, above a phone's keyboard
    const { height, offsetTop } = !inline && PHONE.matches && visualViewport || {};
    Object.assign(panel.style, { height: height ? `${height}px` : '', top: height ? `${offsetTop}px` : '' });
  };
  const drawFace = async (path = '') => { // on a canvas, since the page may forbid pictures that are not its own
    drawn = path;
    const picture = await createImageBitmap(await (await fetch(origin + path)).blob());
    face.getContext('2d')?.drawImage(picture, 0, 0);
    face.hidden = false;
  };
  for (const kind of ['resize', 'scroll']) visualViewport?.addEventListener(kind, fit, { signal });
  panel.setAttribute('aria-labelledby', 'title');
  panel.onclose = () => { // by us, or by the browser's own gesture
    mark(false);
    const isOurs = document.activeElement === host || document.activeElement === document.body;
    if (isOurs) (before?.isConnected && before !== host && before !== document.body ? before : bubble).focus({ preventScroll: true });
    actions.closed();
  };
  if (inline) frame.ariaLabel = null; // the panel has a name of its own
  else header.append(tool(words.hide, CROSS, () => show(false)));
  if (!bubble.querySelector('svg + svg')) bubble.append(icon(FOLD));
  frame.append(panel);
  frame.onkeyup = frame.onkeypress = (event) => event.stopPropagation(); // no shortcut of the page while typing here
  frame.onkeydown = (event) => {
    event.stopPropagation();
    if (inline) return;
    if (event.key === 'Tab' && panel.open) trap(panel, root, event);
    if (event.key === 'Escape' && !event.isComposing) show(false);
  };
  return {
    ...field, ...said, panel, show,
    isOpen: () => Boolean(inline) || panel.open,
    dress: (project) => {
      const look = { ...project, ...shell.preview };
      title.textContent = look.name;
      foot.hidden = look.language_model;
      shell.dress(look);
      said.greet(look);
      if (look.avatar && look.avatar !== drawn) drawFace(look.avatar).catch(() => {}); // there is the name, too
    },
    tell: (sentence) => { status.textContent = sentence; },
  };
};

/** One conversation in one language, until another takes its place. @type {Converse} */
const converse = (shell, renew) => {
  const talk = /** @type {Talk} */ ({ shell, ...recall(shell.name) });
  const { draft, pending, project } = talk.kept;
  const leaving = new AbortController();
  const actions = {
    ...makeActions(talk),
    renew: () => renew(turnTo(recall(shell.name).kept)),
    showPast: async () => (await import('./history.js')).showPast(talk, panel.panel, renew),
  };
  const panel = talk.panel = makePanel(shell, actions, leaving.signal);
  talk.socket = makeSocket(`${shell.origin.replace('http', 'ws')}/ws/chat/${shell.key}/`, makeListener(talk), leaving.signal, shell.words);
  panel.setBusy(false);
  if (project) panel.dress(project);
  if (draft) panel.putBack(draft, true);
  if (pending) begin(talk, pending);
  return {
    talk, actions,
    leave: () => {
      leaving.abort();
      panel.panel.remove();
    },
  };
};

/** @type {WordsOf} */
const wordsOf = async (language) => {
  try {
    return language === 'en' ? ENGLISH : { ...ENGLISH, ...(await import(`./locales/${language}.js`)).WORDS };
  } catch {
    return ENGLISH; // rather than no assistant
  }
};

/** @type {Mount} */
export const mount = async (shell) => {
  const { frame, inline } = shell;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  shell.root.adoptedStyleSheets.push(sheet);
  shell.words = await wordsOf(frame.lang);
  const renew = (/** @type {Memory} */ changes) => {
    const isOpen = now.talk.panel.isOpen();
    now.leave();
    now.talk.keep(changes);
    now = converse(shell, renew);
    if (isOpen) run('open');
  };
  /** @type {Run} */
  const run = async (command, value) => {
    if (command === 'destroy') return now.leave();
    if (command === 'reset') return now.actions.renew();
    if (command === 'locale') {
      shell.words = await wordsOf(frame.lang);
      return renew({});
    }
    if (command === 'preview') {
      shell.preview = value;
      if (now.talk.kept.project) now.talk.panel.dress(now.talk.kept.project);
    }
    const { talk: { panel, socket }, actions } = now;
    const opens = { open: true, ask: true, close: false, toggle: !panel.isOpen() }[command];
    if (opens === undefined) return;
    panel.show(opens);
    if (opens) socket.open();
    if (command === 'ask' && value) actions.ask(`${value}`);
  };
  let now = converse(shell, renew);
  if (inline) new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && now.talk.socket.open()).observe(frame);
  return run;
};
