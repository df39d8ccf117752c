// The panel: a dialog that opens from the bubble, with the conversation and the field.

import { makeAnswer, suggestionList } from './answer.js';
import { begin, makeActions, makeListener, recall } from './conversation.js';
import { element } from './markdown.js';
import { makeSocket } from './socket.js';
import { STYLE } from './style.js';
/** @import { Answer, MakeComposer, MakeLog, MakePanel, Mount, Talk } from './types' */

const UP = 'M12 19V5.5M6 11.5l6-6 6 6';
const DOWN = 'M12 5v13.5M6 12.5l6 6 6-6';
const CROSS = 'm7 7 10 10M17 7 7 17';
const SQUARE = 'M7 7h10v10H7z';
const PHONE = matchMedia('(max-width:479.9px),(max-height:419.9px)'); // as in the style: the panel covers the page

/** @type {MakeComposer} */
const makeComposer = ({ icon }, { ask, stop, typed }) => {
  const field = element('textarea', { rows: 1, dir: 'auto', maxLength: 4000, ariaLabel: 'Your question', placeholder: 'Ask a question' });
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
    putBack: (text) => {
      field.value ||= text;
      changed();
      field.focus({ preventScroll: true });
    },
    setBusy: (busy) => {
      busySince = busy ? Date.now() : 0;
      button.replaceChildren(icon(busy ? SQUARE : UP));
      button.ariaLabel = busy ? 'Stop the answer' : 'Send';
      changed();
    },
  };
};

const questionNode = (text = '') => element(
  'p', { className: 'question', dir: 'auto' },
  element('span', { className: 'unseen', dir: 'ltr' }, 'You asked: '), text,
);

/** @type {MakeLog} */
const makeLog = ({ icon, origin }, { ask }, putBack) => {
  const welcome = element('div');
  const log = element('div', { className: 'log', role: 'log', ariaLive: 'off', ariaLabel: 'Conversation', tabIndex: 0 }, welcome);
  const newest = element('button', { className: 'newest', hidden: true, onclick: () => toEnd() }, icon(DOWN), 'Newest');
  let follows = true;

  const follow = () => {
    if (follows) log.scrollTop = log.scrollHeight;
    newest.hidden = follows;
  };
  const toEnd = () => {
    follows = true;
    follow();
  };
  const answerTo = (question = '') => {
    /** @type {Answer} */
    const answer = makeAnswer(origin, {
      ask,
      retry: () => ask(question, answer),
      rephrase: () => putBack(question),
      drawn: follow,
    });
    return answer;
  };
  log.onscroll = () => {
    follows = log.scrollHeight - log.scrollTop - log.clientHeight < 9;
    newest.hidden = follows;
  };
  new ResizeObserver(follow).observe(log);
  return {
    log, newest,
    greet: ({ greeting, suggestions }) => {
      welcome.replaceChildren(element('p', { className: 'greeting', dir: 'auto' }, greeting));
      if (!welcome.nextSibling) welcome.append(suggestionList(suggestions, ask));
    },
    addQuestion: (text) => {
      log.querySelectorAll('.chips').forEach((chips) => chips.remove());
      log.append(questionNode(text));
      toEnd();
    },
    addAnswer: (question, failed) => {
      const answer = answerTo(question);
      if (failed) failed.node.replaceWith(answer.node);
      else log.append(answer.node);
      follow();
      return answer;
    },
    addHistory: (messages) => {
      welcome.after(...messages.map(({ role, text, citations, answered }) => {
        if (role === 'visitor') return questionNode(text);
        const answer = answerTo();
        answer.setSources(citations);
        answer.finish(text, answered);
        return answer.node;
      }));
      follow();
    },
  };
};

/** @type {MakePanel} */
const makePanel = (shell, actions) => {
  const { host, bubble, frame, icon, emit, tint } = shell;
  const { composer, ...field } = makeComposer(shell, actions);
  const { log, newest, ...said } = makeLog(shell, actions, field.putBack);
  const title = element('h2', { id: 'title' });
  const status = element('p', { className: 'status', role: 'status' });
  const foot = element('p', { className: 'foot', hidden: true }, 'No language model is connected: answers are quotes from the documents.');
  const close = element('button', { className: 'close', ariaLabel: 'Close', onclick: () => show(false) }, icon(CROSS));
  const panel = element('dialog', { className: 'panel' }, element('header', {}, title, close), log, newest, status, composer, foot);

  const mark = (isOpen = true) => {
    bubble.ariaExpanded = `${isOpen}`;
    bubble.ariaLabel = isOpen ? 'Close the assistant' : 'Ask a question';
    emit(isOpen ? 'open' : 'close');
  };
  const show = (isOpen = true) => {
    if (panel.open === isOpen) return;
    if (!isOpen) return panel.close();
    if (PHONE.matches) panel.showModal();
    else panel.show();
    mark();
    fit();
    field.putBack('');
  };
  const fit = () => { // the whole of what is seen of the page, above a phone's keyboard
    const { height, offsetTop } = PHONE.matches && visualViewport || {};
    Object.assign(panel.style, { height: height ? `${height}px` : '', top: height ? `${offsetTop}px` : '' });
  };
  for (const kind of ['resize', 'scroll']) visualViewport?.addEventListener(kind, fit);
  panel.setAttribute('aria-labelledby', 'title');
  panel.onclose = () => { // by us, or by the browser's own gesture
    mark(false);
    if (document.activeElement === host || document.activeElement === document.body) bubble.focus({ preventScroll: true });
    actions.closed();
  };
  frame.append(panel);
  frame.onkeyup = frame.onkeypress = (event) => event.stopPropagation(); // no shortcut of the page while typing here
  frame.onkeydown = (event) => {
    event.stopPropagation();
    if (event.key === 'Escape' && !event.isComposing) show(false);
  };
  return {
    ...field, ...said, show,
    isOpen: () => panel.open,
    dress: (project) => {
      title.textContent = project.name;
      foot.hidden = project.language_model;
      tint(project.accent);
      said.greet(project);
    },
    tell: (sentence) => { status.textContent = sentence; },
  };
};

/** @type {Mount} */
export const mount = (shell) => {
  const talk = /** @type {Talk} */ ({ shell, ...recall(shell.key) });
  const { draft, pending, project } = talk.kept;
  const actions = makeActions(talk);
  const panel = talk.panel = makePanel(shell, actions);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  shell.root.adoptedStyleSheets.push(sheet);
  talk.socket = makeSocket(`${shell.origin.replace('http', 'ws')}/ws/chat/${shell.key}/`, makeListener(talk));
  panel.setBusy(false);
  if (project) panel.dress(project);
  if (draft) panel.putBack(draft);
  if (pending) begin(talk, pending);
  return (command, text) => {
    const opens = { open: true, ask: true, close: false, toggle: !panel.isOpen() }[command];
    if (opens === undefined) return;
    panel.show(opens);
    if (opens) talk.socket.open();
    if (command === 'ask' && text) actions.ask(text);
  };
};
