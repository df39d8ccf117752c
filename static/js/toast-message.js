// A confirmation that can be sent away before it leaves by itself.
class ToastMessage extends HTMLElement {
  connectedCallback() {
    if (this.querySelector('button')) return;
    const close = document.createElement('button');
    close.type = 'button';
    close.setAttribute('aria-label', 'Dismiss');
    close.textContent = '×';
    close.addEventListener('click', () => this.remove());
    this.append(close);
    this.addEventListener('animationend', (event) => {
      if (event.animationName === 'toast-out') this.remove();
    });
  }
}

customElements.define('toast-message', ToastMessage);
