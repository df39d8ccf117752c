/// <reference path="./browser.d.ts" />
// A form whose one field is what a passkey signs: the browser is asked for it when the form is sent.
// Without JavaScript, or in a browser that knows no passkeys, it stays hidden.
import { part } from './parts.js';

const NOTHING = 'No passkey was given, and nothing was changed. Try again, or use another way.';
const HAS_ONE = 'This device has a passkey for your account already.';
const UNREACHED = 'AskOrac was not reached. Look at your connection, and try again.';

class PasskeyForm extends HTMLElement {
  connectedCallback() {
    if (!window.PublicKeyCredential) return;
    this.hidden = false;
    this.#form.addEventListener('submit', (event) => this.#ask(event));
  }

  get #form() {
    return part(this, 'form', HTMLFormElement);
  }

  /** @param {SubmitEvent} event */
  async #ask(event) {
    event.preventDefault();
    const button = part(this, 'button', HTMLButtonElement);
    button.ariaBusy = 'true';
    try {
      const signed = await this.#sign();
      part(this, 'input[name="credential"]', HTMLInputElement).value = JSON.stringify(signed);
      this.#form.submit(); // past this listener
    } catch (error) {
      button.ariaBusy = null;
      this.#say(error instanceof Error ? error : new Error());
    }
  }

  async #sign() {
    const options = await this.#options();
    const { webauthnJSON } = window;
    if (!webauthnJSON) throw new TypeError();
    if (this.dataset.does === 'get') return webauthnJSON.get(options.request_options);
    const wanted = options.creation_options;
    wanted.publicKey.authenticatorSelection = {
      ...wanted.publicKey.authenticatorSelection, residentKey: 'required', requireResidentKey: true, userVerification: 'required',
    };
    return webauthnJSON.create(wanted);
  }

  async #options() {
    const { options } = this.dataset;
    if (!options) return JSON.parse(part(this, '#passkey-options', HTMLScriptElement).textContent ?? '');
    const answer = await fetch(options, { headers: { Accept: 'application/json' } });
    if (!answer.ok) throw new TypeError(`HTTP ${answer.status}`);
    return answer.json();
  }

  /** @param {Error} error */
  #say(error) {
    const notice = part(this, '.notice-warn', HTMLElement);
    const words = error.name === 'InvalidStateError' ? HAS_ONE : error instanceof TypeError ? UNREACHED : NOTHING;
    part(notice, 'p', HTMLElement).textContent = words;
    notice.hidden = false;
  }
}

customElements.define('passkey-form', PasskeyForm);
