// One conversation: what is asked, what has arrived of the answer, what is owed after a break.

import { write } from './socket.js';
/** @import { Begin, Entry, Handlers, MakeActions, MakeListener, Recall, SentenceOf, Talk, TurnTo } from './types' */

/** @type {Recall} */
export const recall = (name) => {
  const read = () => {
    try {
      return JSON.parse(localStorage[`askorac:${name}`]);
    } catch {
      return {}; // nothing yet, or storage is denied
    }
  };
  const kept = read();
  return {
    kept,
    keep: (changes) => {
      Object.assign(kept, changes);
      try {
        localStorage[`askorac:${name}`] = write({ ...read(), ...changes });
      } catch { /* denied or full: it lasts as long as the page */ }
    },
  };
};

/** @type {TurnTo} */
export const turnTo = ({ conversation, resume, first, past = [] }, next = {}) => {
  /** @type {Entry[]} */
  const others = first ? [{ conversation, resume, first }] : [];
  for (const other of past) if (other.conversation !== next.conversation) others.push(other);
  return { conversation: next.conversation, resume: next.resume, first: next.first, pending: undefined, past: others.slice(0, 20) };
};

/** Where the visitor is. What stands behind `#` never leaves a browser. */
const pageUrl = () => location.href.split('#')[0];

/** @type {Begin} */
export const begin = (talk, pending, failed) => {
  if (!failed) talk.panel.addQuestion(pending.question);
  talk.turn = { ...pending, answer: talk.panel.addAnswer(pending.question, failed), text: '', to: 0 };
  talk.keep({ pending, first: talk.kept.first ?? { question: pending.question.slice(0, 200), at: Date.now() } });
  talk.panel.setBusy(true);
};

const end = (/** @type {Talk} */ talk) => {
  const answer = talk.turn?.answer;
  talk.turn = undefined;
  talk.keep({ pending: undefined });
  talk.panel.setBusy(false);
  if (!talk.panel.isOpen()) talk.socket.close();
  return answer;
};

const fail = (/** @type {Talk} */ talk, sentence = '', wait = 0) => {
  const answer = end(talk);
  if (answer) answer.fail(sentence, wait);
  else talk.panel.tell(sentence);
};

const hello = (/** @type {Talk} */ { kept: { conversation, resume }, turn, socket }) => socket.send({
  type: 'hello', conversation, resume, page_url: pageUrl(), turn: turn?.id, at: turn?.to,
});

/** With the same id each time: the server answers a question once, however often it hears it. */
const ask = (/** @type {Talk} */ { shell: { context }, turn, socket }) => turn && socket.send({
  type: 'ask', id: turn.id, question: turn.question, page_url: pageUrl(),
  context: context ? (typeof context === 'string' ? context : write(context)).slice(0, 4000) : undefined,
});

/** @type {SentenceOf} */
const sentenceOf = ({ shell: { words } }, { code, message }) => words.failures?.[code] ?? message;

/** @type {Handlers} */
const handlers = {
  opened: hello,
  lost: (talk) => {
    if (!talk.ready) talk.panel.tell(talk.shell.words.lost);
    talk.ready = false;
  },
  ready: (talk, { conversation, resume, project, messages, closed }) => {
    let last = messages.length;
    while (last && messages[--last].role !== 'visitor');
    const isShown = messages[last]?.text === talk.turn?.question;
    if (!talk.recalled) talk.panel.addHistory(isShown ? messages.slice(0, last) : messages);
    talk.ready = true;
    talk.recalled ||= !closed; // else what was said before is told when the key is back
    talk.closed = closed;
    const look = closed && talk.kept.project || project; // a closed one does not say what it greets with
    talk.keep({ conversation, resume, project: look });
    talk.panel.dress(look);
    talk.panel.tell(closed ? sentenceOf(talk, closed) : '');
    ask(talk);
  },
  token: (talk, { text, at, to }) => {
    const { turn, ready } = talk;
    if (!turn || !ready || (at && at < turn.to)) return; // it came before, or will come again
    talk.ready = at <= turn.to;
    if (!talk.ready) {
      hello(talk); // something is missing: the server tells it from where we are
      return;
    }
    turn.text = at ? turn.text + text : text;
    turn.to = to;
    turn.answer.show(turn.text, !at);
  },
  citations: ({ turn }, { items }) => turn?.answer.setSources(items),
  finished: (talk, { type, suggestions, ...answer }) => {
    end(talk)?.finish(answer, suggestions);
    talk.shell.emit('answer', answer);
  },
  failed: (talk, { code, message, retry_after, feedback }) => {
    const sentence = sentenceOf(talk, { code, message });
    if (code !== 'stopped') talk.shell.emit('error', { code, message });
    if (feedback) talk.panel.tell(sentence);
    else fail(talk, sentence, retry_after);
  },
};

/** @type {MakeListener} */
export const makeListener = (talk) => (event) => {
  if (!('id' in event) || event.id === talk.turn?.id) handlers[event.type]?.(talk, /** @type {never} */ (event));
};

/** @type {MakeActions} */
export const makeActions = (talk) => ({
  ask: (question, failed) => {
    if (talk.turn) return talk.panel.putBack(question);
    const id = URL.createObjectURL(new Blob()).slice(-36); // a UUID: `crypto.randomUUID` is missing without TLS
    begin(talk, { id, question }, failed);
    talk.shell.emit('question', { id, question });
    talk.socket.open();
    if (talk.ready) (talk.closed ? hello : ask)(talk); // it may be open again: then there is more to be told than the answer
  },
  stop: () => {
    const { turn, socket } = talk;
    const cut = () => turn === talk.turn && fail(talk, talk.shell.words.stopped);
    setTimeout(cut, socket.send({ type: 'stop' }) ? 3000 : 0); // the server ends it, when it can
  },
  rate: (message, value, comment) => {
    const isSent = talk.socket.send({ type: 'feedback', message, value, comment });
    if (!isSent) talk.panel.tell(talk.shell.words.lost);
    return isSent;
  },
  typed: (draft) => {
    if (draft) import('./answer.js').catch(() => {}); // soon there is one; if it does not load, that is told then
    talk.keep({ draft });
  },
  closed: () => {
    if (!talk.turn) talk.socket.close();
  },
});
