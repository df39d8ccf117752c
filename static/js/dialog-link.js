// Opens the page behind a link marked `data-dialog` as a dialog: the server answers with its form alone.
// Without JavaScript, or if anything goes wrong, the link leads to the page itself.
class DialogLink extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector('dialog');
    this.onClick = (event) => this.follow(event);
    document.addEventListener('click', this.onClick);
    this.dialog.addEventListener('click', (event) => this.dismiss(event));
    this.addEventListener('htmx:afterRequest', (event) => this.finish(event.detail));
  }

  disconnectedCallback() {
    document.removeEventListener('click', this.onClick);
  }

  follow(event) {
    const link = event.target.closest('a[data-dialog]');
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.open(link.href);
  }

  async open(url) {
    try {
      const answer = await fetch(url, { headers: { 'X-Fragment': 'dialog' } });
      if (!answer.ok || answer.redirected) throw new Error(`HTTP ${answer.status}`);
      this.draw(await answer.text());
    } catch {
      location.assign(url);
    }
  }

  draw(html) {
    const page = new DOMParser().parseFromString(html, 'text/html');
    this.dialog.replaceChildren(...page.body.childNodes);
    window.htmx?.process(this.dialog);
    this.dialog.showModal();
  }

  dismiss(event) {
    const outside = event.target === this.dialog;
    const keep = event.target.closest('[data-close]');
    if (!outside && !keep) return;
    event.preventDefault();
    this.dialog.close();
  }

  finish(detail) {
    if (detail.successful && detail.requestConfig.verb === 'post') this.dialog.close();
  }
}

customElements.define('dialog-link', DialogLink);
