// Keeps "3 minutes ago" true, and shows the exact time in the reader's own time zone on hover.
const UNITS = [[86400, 'day'], [3600, 'hour'], [60, 'minute']];
const MONTH = 31 * 86400;
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'short' });

function inWords(seconds) {
  for (const [length, unit] of UNITS) {
    const amount = Math.floor(seconds / length);
    if (amount >= 1) return `${amount} ${unit}${amount === 1 ? '' : 's'} ago`;
  }
  return 'just now';
}

class RelativeTime extends HTMLElement {
  connectedCallback() {
    this.time = this.querySelector('time');
    this.at = new Date(this.time.dateTime);
    this.time.title = exact.format(this.at);
    this.timer = setInterval(() => this.show(), 30000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  show() {
    const seconds = (Date.now() - this.at.getTime()) / 1000;
    if (seconds < MONTH) this.time.textContent = inWords(seconds);
  }
}

customElements.define('relative-time', RelativeTime);
