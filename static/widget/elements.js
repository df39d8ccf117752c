// Elements by their properties and children: every character of a text is text, whatever it spells.

/** @import { Each, List, MakeElement, SuggestionList } from './types' */

/** @type {MakeElement} */
export const element = (tag, properties, ...children) => {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
};

/** As the method of arrays, which old libraries replace. @type {Each} */
export const map = (list, make) => {
  const made = [];
  for (const item of list) made.push(make(item));
  return made;
};

/** @type {List} */
export const list = (className, nodes) => element('ol', { className }, ...map(nodes, (node) => element('li', {}, node)));

/** @type {SuggestionList} */
export const suggestionList = (questions, ask) => list('chips', map([...questions].slice(0, 3), (question) => (
  element('button', { dir: 'auto', onclick: () => ask(question) }, question)
)));
