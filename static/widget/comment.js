// What was good or missing in an answer, in the visitor's own words. It is loaded with the first rating.

import { element } from './elements.js';
/** @import { AskWhy } from './types' */

const ENGLISH = { why: 'What was good or missing? (optional)', sendWhy: 'Send', sentWhy: 'Kept with your rating.' };

/** @type {AskWhy} */
export const askWhy = (tools, translated, send) => {
  const words = { ...ENGLISH, ...translated };
  const field = element('textarea', { rows: 2, maxLength: 1000, dir: 'auto', ariaLabel: words.why, placeholder: words.why });
  const form = element('form', { className: 'why' }, field, element('button', { className: 'action' }, words.sendWhy));
  form.onsubmit = (event) => {
    event.preventDefault();
    if (send(field.value.trim())) form.replaceWith(element('p', { className: 'why', role: 'status' }, words.sentWhy));
  };
  tools.after(form);
};
