// Markdown as nodes: every character of an answer is text, whatever it spells.
// It is loaded with the first answer. Each pass reads its text once, so that no answer takes longer than in proportion to its length.

import { element, map } from './elements.js';
/** @import { Emphasize, Inline, MakeDrawer, Nest, ReadBlock, ReadBlocks, Span, Take, TakeItems } from './types' */

const DEEPEST = 6; // levels of lists and quotes
const FENCE = /^ *(```|~~~)/;
const HEADING = /^#{1,6}\s+/;
const RULE = /^ *([-*_])( *\1){2,} *$/;
const QUOTE = /^ *> ?/;
const ITEM = /^\s*(\d{1,9}[.)]|[-*+])(\s+|$)/;
const BEGINNING = /^\s*$|^ *(```|~~~|#{1,6}\s|>|(1[.)]|[-*+])\s)/; // ends the paragraph above; a year does not
const SPECIAL = /\\([!-/:-@[-`{-~])|(`+)|(\*+|_+)|(!?)\[([^[\]\n]{0,500})\](?:\(([^\s()<>]*)\))?/g;
const NUMBERS = /^\d{1,3}(, ?\d{1,3})*$/;
const LETTER = /[\p{L}\p{N}]/u;

/** @type {MakeDrawer} */
export const makeDrawer = (container, references) => {
  const nodes = container.childNodes;
  let line = 0;
  let settled = 0;
  return (text, anew) => {
    if (anew) line = settled = 0;
    while (nodes.length > settled) nodes[settled].remove();
    const start = line;
    for (const [at, node] of blocks(text.split('\n').slice(start), references, 0)) {
      line = start + at;
      settled = nodes.length;
      container.append(node);
    }
  };
};

/** @type {ReadBlocks} */
const blocks = (lines, references, depth) => {
  /** @type {ReturnType<ReadBlocks>} */
  const found = [];
  const rest = [...lines].reverse();
  while (rest.length) {
    const line = rest[rest.length - 1];
    const at = lines.length - rest.length;
    let read = paragraph;
    for (const [beginning, other] of depth < DEEPEST ? READERS : []) {
      if (read === paragraph && beginning.test(line)) read = other;
    }
    if (line.trim()) found.push([at, read(rest, references, depth + 1)]);
    else rest.pop();
  }
  return found;
};

/** @type {Take} */
const take = (rest, ends) => {
  const taken = [];
  do taken.push(rest.pop() ?? ''); while (rest.length && !ends.test(rest[rest.length - 1]));
  return taken;
};

/** @type {ReadBlock} */
const paragraph = (rest, references) => inline(element('p'), take(rest, BEGINNING).join('\n').trim(), references);

/** @type {[RegExp, ReadBlock][]} */
const READERS = [
  [FENCE, (rest) => {
    const [, ...code] = take(rest, FENCE);
    rest.pop();
    return element('pre', { tabIndex: 0 }, element('code', {}, code.join('\n')));
  }],
  [HEADING, (rest, references) => inline(element('h3'), take(rest, /^/)[0].replace(HEADING, ''), references)],
  [RULE, (rest) => take(rest, /^/) && element('hr')],
  [QUOTE, (rest, references, depth) => {
    return nest(element('blockquote'), map(take(rest, /^ *[^ >]|^\s*$/), (line) => line.replace(QUOTE, '')), references, depth);
  }],
  [ITEM, (rest, references, depth) => {
    const start = parseInt(rest[rest.length - 1], 10);
    const items = map(takeItems(rest), (item) => nest(element('li'), item, references, depth));
    return start >= 0 ? element('ol', { start }, ...items) : element('ul', {}, ...items);
  }],
];

/** @type {Nest} */
const nest = (parent, lines, references, depth) => {
  parent.append(...map(blocks(lines, references, depth), ([, node]) => node));
  return parent;
};

/** @type {TakeItems} */
const takeItems = (rest) => {
  const indent = (line = '') => line.search(/\S|$/);
  const isOrdered = (line = '') => parseInt(line, 10) >= 0;
  const first = rest[rest.length - 1];
  /** @type {string[][]} */
  const items = [];
  let width = 0;
  let blank = false;
  while (rest.length) {
    const line = rest[rest.length - 1];
    const inside = items.length && indent(line) > indent(first) + 1;
    const [mark] = (!inside && isOrdered(line) === isOrdered(first) && ITEM.exec(line)) || [];
    if (mark) {
      width = mark.length;
      items.push([line.slice(width)]);
    } else if (inside || !line.trim() || !(blank || BEGINNING.test(line))) {
      items[items.length - 1].push(line.slice(Math.min(width, indent(line))));
    } else break;
    blank = !line.trim();
    rest.pop();
  }
  return items;
};

/** @type {Inline} */
const inline = (parent, text, references) => {
  /** @type {Span[]} what is open; the last is being filled */
  const open = [{ node: parent, mark: '' }];
  const unclosed = new Set(); // runs of backticks that nothing closes from here on
  let at = 0;
  for (const { index, 0: whole, 1: escaped, 2: ticks, 3: stars, 4: image, 5: label, 6: address } of text.matchAll(SPECIAL)) {
    if (index < at) continue; // read already, as code
    const { node } = open[open.length - 1];
    node.append(text.slice(at, index));
    at = index + whole.length;
    const end = ticks && !unclosed.has(ticks) ? text.indexOf(ticks, at) : -1;
    if (stars) emphasize(open, stars, text[index - 1], text[at]);
    else if (end > 0) {
      node.append(element('code', {}, text.slice(at, end).trim()));
      at = end + ticks.length;
    } else if (address) {
      const link = element('a', { href: address, target: '_blank', rel: 'noopener' });
      node.append(inline(!image && references.allows(link.href) ? link : element('span'), label, references));
    } else {
      const cited = NUMBERS.test(label) ? map(label.split(','), (number) => references.cite(+number) ?? '') : [''];
      node.append(...cited.includes('') ? [escaped ?? whole] : cited);
      unclosed.add(ticks);
    }
  }
  const { node } = open[open.length - 1];
  node.append(text.slice(at));
  while (!references.growing && open.length > 1) {
    const { node: unclosed, mark } = /** @type {Span} */ (open.pop());
    unclosed.replaceWith(mark, ...unclosed.childNodes);
  }
  return parent;
};

/** @type {Emphasize} */
const emphasize = (open, run, before = ' ', after = ' ') => {
  const last = () => open[open.length - 1];
  const literal = run.length > 3 || (run[0] === '_' && LETTER.test(before) && LETTER.test(after)); // snake_case
  let left = run;
  while (!literal && before.trim() && last().mark && left.startsWith(last().mark)) left = left.slice(open.pop()?.mark.length);
  for (const mark of literal ? [left] : [left.slice(0, left.length & 2), left.slice(0, left.length & 1)]) {
    let opens = !literal && after.trim();
    for (const span of open) if (span.mark === mark) opens = '';
    const node = element(mark[1] ? 'strong' : 'em');
    last().node.append(opens ? node : mark);
    if (opens) open.push({ node, mark });
  }
};
