// What was said, oldest first. Whatever draws an answer is loaded with the first of them.

import { element, suggestionList } from './elements.js';
/** @import { Answer, Later, MakeLog } from './types' */

const DOWN = 'M12 5v13.5M6 12.5l6 6 6-6';

/** @type {MakeLog} */
export const makeLog = (shell, { ask, rate }, putBack) => {
  const { icon, words } = shell;
  const welcome = element('div');
  const log = element('div', { className: 'log', role: 'log', ariaLive: 'off', ariaLabel: words.talk, tabIndex: 0 }, welcome);
  const newest = element('button', { className: 'newest', hidden: true, onclick: () => toEnd() }, icon(DOWN), words.newest);
  const spoken = element('div', { className: 'unseen', ariaLive: 'polite' }); // an answer, as it comes, by the sentence
  let follows = true;

  const follow = () => {
    if (follows) log.scrollTop = log.scrollHeight;
    newest.hidden = follows;
  };
  const toEnd = () => {
    follows = true;
    follow();
  };
  const questionNode = (text = '') => element(
    'p', { className: 'question', dir: 'auto' },
    element('span', { className: 'unseen', dir: shell.frame.dir }, words.asked), text,
  );
  const answerTo = (question = '', isPast = false) => {
    const node = element(
      'article', { className: 'answer', ariaLabel: words.answer, ariaBusy: 'true' },
      element('p', { className: 'working' }, words.looking),
    );
    const retry = () => ask(question, answer);
    const whole = import('./answer.js').then(({ makeAnswer }) => makeAnswer(shell, node, {
      ask,
      rate,
      retry,
      rephrase: () => putBack(question),
      drawn: follow,
      say: (text) => !isPast && text && spoken.append(element('p', {}, text)),
    }));
    whole.catch(() => node.replaceChildren(
      element('p', { className: 'failure' }, words.lost), element('button', { className: 'action', onclick: retry }, words.retry),
    ));
    /** @type {Later} what is told of it before it is there is told to it then */
    const later = (name) => (...told) => whole.then((there) => there[name](.../** @type {[never, never]} */ (told)), () => {});
    /** @type {Answer} */
    const answer = { node, show: later('show'), setSources: later('setSources'), finish: later('finish'), fail: later('fail') };
    return answer;
  };
  log.onscroll = () => {
    follows = log.scrollHeight - log.scrollTop - log.clientHeight < 9;
    newest.hidden = follows;
  };
  new ResizeObserver(follow).observe(log);
  return {
    parts: [log, newest, spoken],
    greet: ({ greeting, suggestions }) => {
      welcome.replaceChildren(element('p', { className: 'greeting', dir: 'auto' }, greeting || words.refusals[4503]));
      if (!welcome.nextSibling) welcome.append(suggestionList(suggestions, ask));
    },
    addQuestion: (text) => {
      for (const chips of log.querySelectorAll('.chips')) chips.remove();
      spoken.replaceChildren();
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
      const nodes = [];
      for (const { role, id, citations, ...said } of messages) {
        const answer = answerTo('', true);
        if (role !== 'visitor') {
          answer.setSources(citations);
          answer.finish({ ...said, message: id });
        }
        nodes.push(role === 'visitor' ? questionNode(said.text) : answer.node);
      }
      welcome.after(...nodes);
      follow();
    },
  };
};
