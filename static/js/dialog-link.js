/// <reference path="./browser.d.ts" />
// Opens the page behind a link marked `data-dialog` as a dialog: the server answers with its form alone.
// Without JavaScript, or if anything goes wrong, the link leads to the page itself.
import { part } from './parts.js';

class DialogLink extends HTMLElement {
  connectedCallback() {
    document.addEventListener('click', (event) => this.#follow(event));
    this.#dialog.addEventListener('click', (event) => this.#dismiss(event));
    this.addEventListener('htmx:afterRequest', (event) => this.#finish(event));
  }

  get #dialog() {
    return part(this, 'dialog', HTMLDialogElement);
  }

  /** @param {MouseEvent} event */
  #follow(event) {
    const link = event.target instanceof Element ? event.target.closest('a[data-dialog]') : null;
    const elsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey;
    if (!(link instanceof HTMLAnchorElement) || elsewhere) return;
    event.preventDefault();
    this.#open(link.href);
  }

  /** @param {string} url */
  async #open(url) {
    try {
      const answer = await fetch(url, { headers: { 'X-Fragment': 'dialog' } });
      if (!answer.ok || answer.redirected) throw new Error(`HTTP ${answer.status}`);
      this.#draw(await answer.text());
    } catch {
      location.assign(url);
    }
  }

  /** @param {string} html a form of our own server's */
  #draw(html) {
    const page = new DOMParser().parseFromString(html, 'text/html');
    this.#dialog.replaceChildren(...page.body.childNodes);
    window.htmx?.process(this.#dialog);
    this.#dialog.showModal();
  }

  /** @param {MouseEvent} event */
  #dismiss(event) {
    if (!(event.target instanceof Element)) return;
    const isOutside = event.target === this.#dialog;
    if (!isOutside && !event.target.closest('[data-close]')) return;
    event.preventDefault();
    this.#dialog.close();
  }

  /** @param {Event} event htmx has sent the dialog's form */
  #finish(event) {
    if (event instanceof CustomEvent && event.detail.successful) this.#dialog.close();
  }
}

customElements.define('dialog-link', DialogLink);
