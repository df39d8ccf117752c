// Keeps "3 minutes ago" true, and shows the exact time in the reader's own time zone on hover.
import { part } from './parts.js';

/** @type {[number, string][]} */
const UNITS = [[86400, 'day'], [3600, 'hour'], [60, 'minute']];
const MONTH = 31 * 86400;
const REFRESH = 30_000; // milliseconds
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'short' });

/** @param {number} seconds */
function inWords(seconds) {
  for (const [length, unit] of UNITS) {
    const amount = Math.floor(seconds / length);
    if (amount >= 1) return `${amount} ${unit}${amount === 1 ? '' : 's'} ago`;
  }
  return 'just now';
}

class RelativeTime extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    const time = part(this, 'time', HTMLTimeElement);
    const at = new Date(time.dateTime);
    time.title = exact.format(at);
    this.#timer = setInterval(() => {
      const seconds = (Date.now() - at.getTime()) / 1000;
      if (seconds < MONTH) time.textContent = inWords(seconds);
    }, REFRESH);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }
}

customElements.define('relative-time', RelativeTime);
