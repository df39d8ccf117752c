// An answer in a transcript: its Markdown drawn by the widget's own module, its numbers leading to the
// sources under it. Without this element it is read as it was written.
import { makeDrawer } from '../widget/markdown.js';
import { element } from './parts.js';

class AnswerText extends HTMLElement {
  connectedCallback() {
    if ('drawn' in this.dataset) return;
    const text = this.textContent ?? '';
    this.dataset.drawn = '';
    this.replaceChildren();
    const draw = makeDrawer(this, {
      growing: false,
      cite: (number) => this.#mark(number),
      allows: (href) => this.#sources().some((source) => source.href === href),
    });
    draw(text, true);
  }

  #sources() {
    return [...(this.parentElement?.querySelectorAll('a.citation') ?? [])].filter((source) => source instanceof HTMLAnchorElement);
  }

  /** @param {number} number */
  #mark(number) {
    const source = this.#sources().find((candidate) => candidate.dataset.n === `${number}`);
    if (!source) return undefined;
    const mark = element('button', 'citation-mark', `${number}`);
    mark.type = 'button';
    mark.ariaLabel = `Source ${number}`;
    mark.addEventListener('click', () => source.focus());
    return mark;
  }
}

customElements.define('answer-text', AnswerText);
