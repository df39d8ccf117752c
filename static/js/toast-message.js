// A confirmation that can be sent away before it leaves by itself.
import { element } from './parts.js';

class ToastMessage extends HTMLElement {
  connectedCallback() {
    if (this.querySelector('button')) return;
    const close = element('button', '', '×');
    close.type = 'button';
    close.ariaLabel = 'Dismiss';
    close.addEventListener('click', () => this.remove());
    this.append(close);
    this.addEventListener('animationend', ({ animationName }) => {
      if (animationName === 'toast-out') this.remove();
    });
  }
}

customElements.define('toast-message', ToastMessage);
