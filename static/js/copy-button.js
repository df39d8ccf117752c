// Copies the text of the element that `for` names, and says so on the button.
import { part } from './parts.js';

const SHOWN = 2000; // milliseconds

class CopyButton extends HTMLElement {
  #timer = 0;
  #before = '';

  connectedCallback() {
    part(this, 'button', HTMLButtonElement).addEventListener('click', () => this.#copy());
  }

  async #copy() {
    const source = part(document, `#${this.getAttribute('for')}`, HTMLElement);
    try {
      await navigator.clipboard.writeText(source.textContent ?? '');
      this.#say('Copied');
    } catch {
      getSelection()?.selectAllChildren(source); // refused: it is selected, so that a key copies it
      this.#say('Press Ctrl+C');
    }
  }

  /** @param {string} word the button keeps its width, so that nothing beside it moves */
  #say(word) {
    const button = part(this, 'button', HTMLButtonElement);
    const label = part(button, 'span', HTMLElement);
    button.style.minWidth = `${button.offsetWidth}px`;
    this.#before ||= label.textContent ?? '';
    label.ariaLive = 'polite';
    label.textContent = word;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => { label.textContent = this.#before; }, SHOWN);
  }
}

customElements.define('copy-button', CopyButton);
