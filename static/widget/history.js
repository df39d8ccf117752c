// The earlier conversations of this browser with this project: a list that covers the panel until one is chosen.
// It is loaded when it is asked for.

import { recall, turnTo } from './conversation.js';
import { element } from './elements.js';
/** @import { ShowPast } from './types' */

const DAYS = 30; // for as long the server takes a conversation up again
const BIN = 'M5 7h14M10 7V4h4v3m3 0-1 13H8L7 7';
const STYLE = `
.past{position:absolute;inset:0;z-index:2;display:flex;flex-direction:column;background:var(--paper)}
.past ol{flex:1;overflow:auto;padding:8px}
.past li{display:flex;align-items:center;border-radius:10px}
.past li:hover{background:var(--sunk)}
.past li>:first-child{flex:1;min-width:0;padding:10px;border-radius:10px}
.past span{display:-webkit-box;overflow:hidden;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow-wrap:anywhere}
.past small{color:var(--muted)}
.past p{padding:16px;color:var(--muted)}`;
const ENGLISH = { back: 'Back to the conversation', none: 'None on this device yet.', forget: 'Delete from this device', now: 'This conversation' };

/** @type {ShowPast} */
export const showPast = ({ shell, keep }, panel, renew) => {
  const { root, frame, icon, name } = shell;
  const words = { ...ENGLISH, ...shell.words };
  const { kept } = recall(name);
  const isOld = (/** @type {number | string} */ at) => Date.now() - Number(new Date(at)) > DAYS * 86_400_000;
  const date = new Intl.DateTimeFormat(frame.lang, { dateStyle: 'medium', timeStyle: 'short' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets.push(sheet);

  const close = () => {
    view.remove();
    root.adoptedStyleSheets = [...root.adoptedStyleSheets].slice(0, -1);
    /** @type {HTMLElement | null} */ (panel.querySelector('textarea'))?.focus({ preventScroll: true });
  };
  const list = element('ol');
  const forget = (/** @type {string} */ conversation, /** @type {HTMLElement} */ row) => {
    const { kept: latest } = recall(name);
    const past = [];
    for (const other of latest.past ?? []) if (other.conversation !== conversation) past.push(other);
    if (conversation === kept.conversation) return renew({ ...turnTo({ past }), draft: '' });
    keep({ past });
    row.remove();
    back.focus();
  };
  const { past: entries } = turnTo(kept);
  for (const entry of entries ?? []) {
    if (!entry.first || isOld(entry.first.at)) continue;
    const isNow = entry.conversation === kept.conversation;
    const { question, at } = entry.first;
    const open = element(
      'button', { onclick: () => (isNow ? close() : renew(turnTo(recall(name).kept, entry))) },
      element('span', { dir: 'auto' }, question),
      element('small', {}, isNow ? words.now : date.format(new Date(at))),
    );
    const row = element('li', {}, open);
    row.append(element('button', { className: 'tool', ariaLabel: `${words.forget}: ${question}`, title: words.forget, onclick: () => forget(entry.conversation ?? '', row) }, icon(BIN)));
    list.append(row);
  }
  const back = element('button', { className: 'tool', ariaLabel: words.back, title: words.back, onclick: close }, icon(frame.dir === 'rtl' ? 'm9 6 6 6-6 6' : 'm15 6-6 6 6 6'));
  const view = element('section', { className: 'past', ariaLabel: words.past }, element('header', {}, back, element('h2', {}, words.past)), list.firstChild ? list : element('p', {}, words.none));
  view.onkeydown = (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    close();
  };
  panel.append(view);
  back.focus();
};
