// One answer: its text as it arrives, then its sources and what can be done with it, or what went wrong.
// It is loaded with the first of them.

import { element, list, suggestionList } from './elements.js';
import { makeDrawer } from './markdown.js';
/** @import { AnswerActions, MakeAction, MakeAnswer, MakeCard, MakeReferences, MakeTools } from './types' */

const COPY = 'M9 9h10v11H9zM5 15V4h10';
const CHECK = 'm5 12.5 5 5 9-11';
const THUMB = 'M7 11v9H4v-9h3l3.5-8c1.6 0 2.5 1.3 2.2 2.8L12 9h6.5c1.2 0 2 1.1 1.7 2.2l-1.9 7c-.3 1.1-1 1.8-2.2 1.8H7';
const SENTENCES = /^[^]*([.!?…؟]["”»)]*\s|[。！？\n])/; // all that are complete
const MARKS = / *\[[\d, ]+\]|\]\([^)]*\)|[[*_`#>|]/g;

/** It leads to a web address or nowhere. @type {MakeCard} */
const makeCard = ({ n, title, url, quote, page }, { origin, words }) => {
  const href = url.replace(/^\//, `${origin}/`);
  const link = /^https?:\/\//.test(href) ? { href, target: '_blank', rel: 'noopener' } : { tabIndex: -1 };
  return element(
    'a', { className: 'card', ...link },
    element('b', {}, `${n}`),
    element('strong', { dir: 'auto' }, title),
    element('small', {}, page ? `${words.page} ${page}` : ''),
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
const makeReferences = (cards, { source }) => ({
  growing: true,
  cite: (number) => cards[number] && element(
    'button', { className: 'cite', ariaLabel: `${source} ${number}`, onclick: () => cards[number].focus() }, `${number}`,
  ),
  allows: (href) => {
    for (const card of cards) if (card?.href === href) return true;
    return false;
  },
});

/** @type {MakeTools} */
const makeTools = ({ icon, words }, body, { rate, say, drawn }, message, rated) => {
  const tools = element('p', { className: 'tools' });
  let rating = rated;
  const tool = (label = '', path = '', onclick = () => {}) => {
    const button = element('button', { ariaLabel: label, title: label, onclick }, icon(path));
    tools.append(button);
    return button;
  };
  const copy = tool(words.copy, COPY, async () => {
    try {
      await navigator.clipboard.writeText(body.innerText);
    } catch { // not over http, or the page's policy forbids it
      const field = element('textarea', { value: body.innerText });
      tools.append(field);
      field.select();
      document.execCommand('copy');
      field.remove();
    }
    copy.replaceChildren(icon(CHECK));
    copy.title = words.copied;
    say(words.copied);
  });
  const buttons = new Map();
  const show = () => {
    for (const [value, button] of buttons) button.ariaPressed = `${value === rating}`;
  };
  for (const value of /** @type {const} */ ([1, -1])) {
    buttons.set(value, tool(value > 0 ? words.good : words.bad, THUMB, () => {
      const wanted = value === rating ? null : value;
      if (!rate(message, wanted)) return;
      rating = wanted;
      show();
      if (tools.nextElementSibling?.classList.contains('why')) tools.nextElementSibling.remove();
      if (wanted) import('./comment.js').then(({ askWhy }) => askWhy(tools, words, (comment) => rate(message, wanted, comment))).then(drawn, () => {}); // the rating is kept
    }));
  }
  show();
  return tools;
};

/** @type {MakeAnswer} */
export const makeAnswer = (shell, node, actions) => {
  const { ask, retry, rephrase, drawn, say } = actions;
  const { words } = shell;
  const working = node.firstElementChild;
  const body = element('div', { dir: 'auto' });
  node.prepend(body);
  /** @type {HTMLAnchorElement[]} */
  const cards = [];
  let latest = '';
  let anew = false;
  let frame = 0;
  let said = 0;

  const references = makeReferences(cards, words);
  const draw = makeDrawer(body, references);
  const redraw = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    if (latest || !references.growing) working?.remove();
    draw(references.growing ? withoutLooseEnd(latest) : latest, anew);
    anew = false;
    const rest = latest.slice(said);
    const [whole = ''] = references.growing ? SENTENCES.exec(rest) ?? [] : [rest];
    said += whole.length;
    say(whole.replace(MARKS, '').trim());
    drawn();
  };
  const end = (text = latest) => {
    latest = text;
    anew = true;
    references.growing = false;
    node.ariaBusy = 'false';
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
      for (const citation of citations) cards[citation.n] = makeCard(citation, shell);
      anew = true;
      redraw();
    },
    finish: ({ text, answered, message, rating = null, contact }, suggestions) => {
      end(text);
      if (!answered) node.classList.add('unanswered');
      const found = [];
      for (const card of cards) if (card) found.push(card);
      if (found.length) {
        node.append(element('h3', {}, words.sources), list('sources', found));
        say(`${words.sources}: ${found.length}`);
      }
      if (contact) node.append(element('a', { className: 'action', href: contact.url, target: '_blank', rel: 'noopener' }, contact.label));
      if (suggestions?.length) node.append(suggestionList(suggestions, ask));
      else if (suggestions && !answered) node.append(makeAction(words.reword, rephrase));
      if (message && actions.rate) node.append(makeTools(shell, body, /** @type {Required<AnswerActions>} */ (actions), message, rating));
      drawn();
    },
    fail: (sentence, wait) => {
      end();
      say(sentence);
      node.append(element('p', { className: 'failure' }, sentence), makeAction(words.retry, retry, wait));
      drawn();
    },
  };
};
