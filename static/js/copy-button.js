// Copies the text of the element named by `for`, and says so on the button.
class CopyButton extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector('button');
    this.word = this.button.querySelector('span');
    this.button.addEventListener('click', () => this.copy());
  }

  async copy() {
    const text = document.getElementById(this.getAttribute('for')).textContent;
    try {
      await navigator.clipboard.writeText(text);
      this.say('Copied');
    } catch {
      this.select();
      this.say('Press Ctrl+C');
    }
  }

  // Where the clipboard is refused, the text is at least selected.
  select() {
    getSelection().selectAllChildren(document.getElementById(this.getAttribute('for')));
  }

  say(word) {
    clearTimeout(this.timer);
    this.button.style.minWidth = `${this.button.offsetWidth}px`;
    this.before ??= this.word.textContent;
    this.word.textContent = word;
    this.word.setAttribute('role', 'status');
    this.timer = setTimeout(() => { this.word.textContent = this.before; }, 2000);
  }
}

customElements.define('copy-button', CopyButton);
