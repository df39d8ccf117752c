// One answer: its text as it arrives, then its sources, or what went wrong.

import { element, makeDrawer } from './markdown.js';
/** @import { List, MakeAction, MakeAnswer, MakeCard, MakeReferences, SuggestionList } from './types' */

/** @type {List} */
const list = (className, nodes) => element('ol', { className }, ...nodes.map((node) => element('li', {}, node)));

/** @type {SuggestionList} */
export const suggestionList = (questions, ask) => list('chips', questions.slice(0, 3).map((question) => (
  element('button', { dir: 'auto', onclick: () => ask(question) }, question)
)));

/** It leads to a web address or nowhere. @type {MakeCard} */
const makeCard = ({ n, title, url, quote, page }, origin) => {
  const href = url.replace(/^\//, `${origin}/`);
  const link = /^https?:\/\//.test(href) ? { href, target: '_blank', rel: 'noopener' } : { tabIndex: -1 };
  return element(
    'a', { className: 'card', ...link },
    element('b', {}, `${n}`),
    element('strong', { dir: 'auto' }, title),
    element('small', {}, page ? `Page ${page}` : ''),
    element('q', { dir: 'auto' }, quote),
  );
};

/** Without a link or a citation that has begun and not ended: it would be seen to change. */
const withoutLooseEnd = (text = '') => {
  const start = text.lastIndexOf('[');
  return /^\[[^\]\n]{0,200}(\](\([^)\s]*)?)?$/.test(text.slice(start)) ? text.slice(0, start) : text;
};

/** @type {MakeAction} */
const makeAction = (label, onclick, wait = 0) => {
  const button = element('button', { className: 'action', disabled: wait > 0, onclick }, label);
  setTimeout(() => { button.disabled = false; }, wait * 1000);
  return button;
};

/** @type {MakeReferences} */
const makeReferences = (cards) => ({
  growing: true,
  cite: (number) => cards[number] && element(
    'button', { className: 'cite', ariaLabel: `Source ${number}`, onclick: () => cards[number].focus() }, `${number}`,
  ),
  allows: (href) => cards.some((card) => card.href === href),
});

/** @type {MakeAnswer} */
export const makeAnswer = (origin, { ask, retry, rephrase, drawn }) => {
  const working = element('p', { className: 'working' }, 'Looking through the documents');
  const body = element('div', { dir: 'auto' });
  const node = element('article', { className: 'answer', ariaLabel: 'Answer', ariaLive: 'polite', ariaBusy: 'true' }, body, working);
  /** @type {HTMLAnchorElement[]} */
  const cards = [];
  let latest = '';
  let anew = false;
  let frame = 0;

  const references = makeReferences(cards);
  const draw = makeDrawer(body, references);
  const redraw = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    if (latest || !references.growing) working.remove();
    draw(references.growing ? withoutLooseEnd(latest) : latest, anew);
    anew = false;
    drawn();
  };
  const end = (text = latest) => {
    latest = text;
    anew = true;
    references.growing = false;
    node.ariaBusy = 'false'; // those who hear the page hear the whole answer now
    redraw();
  };
  return {
    node,
    show: (text, isOther) => {
      latest = text;
      anew ||= isOther;
      frame ||= requestAnimationFrame(redraw);
    },
    setSources: (citations) => {
      cards.length = 0;
      for (const citation of citations) cards[citation.n] = makeCard(citation, origin);
      anew = true;
      redraw();
    },
    finish: (text, answered, suggestions) => {
      end(text);
      if (!answered) node.classList.add('unanswered');
      if (cards.length) node.append(element('h3', {}, 'Sources'), list('sources', cards.flat()));
      if (suggestions?.length) node.append(suggestionList(suggestions, ask));
      else if (suggestions && !answered) node.append(makeAction('Ask in other words', rephrase));
      drawn();
    },
    fail: (sentence, wait) => {
      end();
      node.append(element('p', { className: 'failure' }, sentence), makeAction('Try again', retry, wait));
      drawn();
    },
  };
};
