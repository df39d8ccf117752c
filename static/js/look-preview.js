// The look's form beside the assistant itself, which takes on what is typed. Without it the form works as it is.
import { part } from './parts.js';

const WHITE = 'white';
const BLACK = 'black';

class LookPreview extends HTMLElement {
  connectedCallback() {
    this.#picker.addEventListener('input', () => {
      this.#field('accent').value = this.#picker.value;
      this.#show();
    });
    this.#form.addEventListener('input', () => this.#show());
    addEventListener('orac:ready', () => this.#show());
    this.#show();
  }

  get #form() {
    return part(this, 'form', HTMLFormElement);
  }

  get #picker() {
    return part(this, '.look-picker', HTMLInputElement);
  }

  /** @param {string} name */
  #field(name) {
    return /** @type {HTMLInputElement} */ (this.#form.elements.namedItem(name));
  }

  #show() {
    const accent = this.#colour();
    const name = this.#field('assistant_name').value.trim();
    window.Orac?.('preview', {
      ...(name && { name }),
      greeting: this.#field('greeting').value,
      suggestions: this.#field('suggestions').value.split('\n').map((line) => line.trim()).filter(Boolean).slice(0, 3),
      theme: this.#field('theme').value,
      ...(accent && { accent, colours: { accent, on: '', light: '', dark: '' } }), // what follows is the widget's to find
    });
    part(this, '.look-corner', HTMLElement).dataset.position = this.#field('position').value;
    if (!accent) return;
    const ink = contrast(accent, 1) >= contrast(accent, 0) ? WHITE : BLACK;
    const bubble = part(this, '.look-bubble', HTMLElement);
    bubble.style.backgroundColor = accent;
    bubble.style.color = ink;
    if (accent === this.#picker.value) return;
    this.#picker.value = accent;
    const ratio = contrast(accent, ink === WHITE ? 1 : 0).toFixed(1);
    part(this, '#look-contrast', HTMLElement).textContent = `Letters on it are ${ink}, with a contrast of ${ratio} : 1. As a link it is made darker or lighter where it could not be read.`;
  }

  /** The colour that is typed, as #rrggbb; undefined while it is none. */
  #colour() {
    const [, digits] = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(this.#field('accent').value.trim()) ?? [];
    if (!digits) return undefined;
    return `#${digits.length === 6 ? digits : [...digits].map((digit) => digit + digit).join('')}`.toLowerCase();
  }
}

/**
 * The ratio of a colour to black (0) or white (1), from 1 to 21.
 * @param {string} colour as #rrggbb
 * @param {0 | 1} ink
 */
function contrast(colour, ink) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return ink ? 1.05 / (luminance + 0.05) : (luminance + 0.05) / 0.05;
}

customElements.define('look-preview', LookPreview);
