// One conversation: what is asked, what has arrived of the answer, what is owed after a break.

/** @import { Begin, Handlers, MakeActions, MakeListener, Recall, Talk } from './types' */

/** @type {Recall} */
export const recall = (key) => {
  const name = `askorac:${key}`;
  let kept = {};
  try {
    kept = JSON.parse(localStorage[name]);
  } catch { /* nothing yet, or storage is denied */ }
  return {
    kept,
    keep: (changes) => {
      Object.assign(kept, changes);
      try {
        localStorage[name] = JSON.stringify(kept);
      } catch { /* denied or full: it lasts as long as the page */ }
    },
  };
};

/** Where the visitor is. What stands behind `#` never leaves a browser. */
const pageUrl = () => location.href.split('#')[0];

/** @type {Begin} */
export const begin = (talk, pending, failed) => {
  if (!failed) talk.panel.addQuestion(pending.question);
  talk.turn = { ...pending, answer: talk.panel.addAnswer(pending.question, failed), text: '', to: 0 };
  talk.keep({ pending });
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
const ask = (/** @type {Talk} */ { turn, socket }) => turn && socket.send({
  type: 'ask', id: turn.id, question: turn.question, page_url: pageUrl(),
});

/** @type {Handlers} */
const handlers = {
  opened: hello,
  lost: (talk) => {
    if (!talk.ready) talk.panel.tell('The connection is lost and is being tried again. What was typed is kept.');
    talk.ready = false;
  },
  ready: (talk, { conversation, resume, project, messages }) => {
    const last = messages.findLastIndex(({ role }) => role === 'visitor');
    const isShown = messages[last]?.text === talk.turn?.question;
    if (!talk.recalled) talk.panel.addHistory(isShown ? messages.slice(0, last) : messages);
    talk.ready = talk.recalled = true;
    talk.keep({ conversation, resume, project });
    talk.panel.dress(project);
    talk.panel.tell('');
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
    end(talk)?.finish(answer.text, answer.answered, suggestions);
    talk.shell.emit('answer', answer);
  },
  failed: (talk, { code, message, retry_after }) => {
    if (code !== 'stopped') talk.shell.emit('error', { code, message });
    fail(talk, message, retry_after);
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
    if (talk.ready) ask(talk);
  },
  stop: () => {
    const { turn, socket } = talk;
    const cut = () => turn === talk.turn && fail(talk, 'This answer was stopped.');
    setTimeout(cut, socket.send({ type: 'stop' }) ? 3000 : 0); // the server ends it, when it can
  },
  typed: (draft) => talk.keep({ draft }),
  closed: () => {
    if (!talk.turn) talk.socket.close();
  },
});
