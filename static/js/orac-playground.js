// The conversation of the playground: the widget's own modules, in the page instead of a panel, with
// how sure each answer is. The server knows a member by the session, and keeps it apart from visitors.
import { makeAnswer } from '../widget/answer.js';
import { begin, makeActions, makeListener, recall } from '../widget/conversation.js';
import { element, suggestionList } from '../widget/elements.js';
import { makeSocket } from '../widget/socket.js';
import { ENGLISH } from '../widget/words.js';
import { part } from './parts.js';
/** @import { Answer, Message, Panel, Project, Shell, Talk } from '../widget/types' */

const LOGGED_OUT = 'You were logged out. Reload the page to log in again.';
const WORDS = { ...ENGLISH, refusals: { ...ENGLISH.refusals, 4401: LOGGED_OUT } };
const NEAR = 48; // pixels from the end of the page that still count as being there

class OracPlayground extends HTMLElement {
  /** @type {Answer | undefined} */
  #latest;
  #follows = true;
  #busySince = 0;
  #shell = /** @type {Shell} */ ({
    origin: location.origin, words: ENGLISH, emit: (name, detail) => this.#heard(name, detail),
  });
  /** What those who hear the page hear of an answer. */
  #spoken = element('div', { className: 'unseen', ariaLive: 'polite' });

  connectedCallback() {
    const key = this.dataset.key ?? '';
    const talk = /** @type {Talk} */ ({ shell: this.#shell, ...recall(this.#name) });
    this.actions = makeActions(talk);
    talk.panel = this.#panel();
    talk.socket = makeSocket(`${location.origin.replace('http', 'ws')}/ws/chat/${key}/`, makeListener(talk), new AbortController().signal, WORDS);
    this.append(this.#spoken);
    this.#listen();
    if (talk.kept.draft) talk.panel.putBack(talk.kept.draft);
    if (talk.kept.pending) begin(talk, talk.kept.pending);
    talk.socket.open();
    this.#field.focus({ preventScroll: true });
  }

  get #log() {
    return part(this, '.chat-log', HTMLElement);
  }

  get #field() {
    return part(this, 'textarea', HTMLTextAreaElement);
  }

  get #send() {
    return part(this, '.chat-send', HTMLButtonElement);
  }

  get #newest() {
    return part(this, '.newest', HTMLButtonElement);
  }

  #listen() {
    part(this, 'form', HTMLFormElement).addEventListener('submit', (event) => this.#submit(event));
    this.#field.addEventListener('keydown', (event) => this.#enter(event));
    this.#field.addEventListener('input', () => this.actions?.typed(this.#field.value));
    part(this, '.chat-anew', HTMLButtonElement).addEventListener('click', () => this.#startOver());
    this.#newest.addEventListener('click', () => this.#toEnd());
    addEventListener('scroll', () => {
      const { scrollHeight } = document.documentElement;
      this.#follows = scrollHeight - scrollY - innerHeight < NEAR;
      this.#newest.hidden = this.#follows;
    }, { passive: true });
  }

  #startOver() {
    try {
      localStorage.removeItem(`askorac:${this.#name}`);
    } catch { /* storage is denied: nothing outlives the page anyway */ }
    location.reload();
  }

  /** What the browser keeps the conversation under, apart from the widget's on the same origin. */
  get #name() {
    return `playground:${this.dataset.key}`;
  }

  /** @param {KeyboardEvent} event */
  #enter(event) {
    const composing = event.isComposing || event.keyCode === 229; // Enter chooses a character of an input method
    if (event.key !== 'Enter' || event.shiftKey || composing) return;
    event.preventDefault();
    if (!this.#busySince) this.#ask();
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault();
    if (!this.#busySince) this.#ask();
    else if (Date.now() - this.#busySince > 500) this.actions?.stop(); // sooner it is a double click on Send
  }

  #ask() {
    const question = this.#field.value.trim();
    if (!question) return;
    this.#field.value = '';
    this.actions?.typed('');
    this.actions?.ask(question);
  }

  /** @param {string} name @param {any} detail */
  #heard(name, detail) {
    if (name === 'answer' && detail.answered) this.#latest?.node.append(sureness(detail.confidence));
    this.#follow();
  }

  #toEnd() {
    this.#follows = true;
    this.#follow();
  }

  /** Keeps the end in sight, unless the reader has scrolled up. */
  #follow() {
    if (this.#follows) scrollTo({ top: document.documentElement.scrollHeight });
    this.#newest.hidden = this.#follows;
  }

  /** What a conversation asks of a panel, of this page. @returns {Panel} */
  #panel() {
    return {
      panel: this,
      isOpen: () => true,
      show: () => {},
      dress: (project) => this.#greet(project),
      greet: (project) => this.#greet(project),
      tell: (sentence) => { part(this, '.chat-status', HTMLElement).textContent = sentence; },
      setBusy: (busy) => this.#setBusy(busy),
      putBack: (question) => this.#putBack(question),
      addQuestion: (text) => this.#addQuestion(text),
      addAnswer: (question, failed) => this.#addAnswer(question, failed),
      addHistory: (messages) => this.#addHistory(messages),
    };
  }

  /** @param {boolean} busy while an answer is on its way, the button stops it */
  #setBusy(busy) {
    this.#busySince = busy ? Date.now() : 0;
    this.#send.dataset.busy = `${busy}`;
    this.#send.ariaLabel = busy ? 'Stop the answer' : 'Send';
  }

  /** @param {string} question */
  #putBack(question) {
    this.#field.value ||= question;
    this.#field.focus({ preventScroll: true });
  }

  /** @param {string} text */
  #addQuestion(text) {
    this.#log.querySelectorAll('.chips').forEach((chips) => chips.remove());
    this.#spoken.replaceChildren();
    this.#log.append(questionNode(text));
    this.#toEnd();
  }

  /** @param {string} question @param {Answer} [failed] the one whose place the new one takes */
  #addAnswer(question, failed) {
    this.#latest = this.#answerTo(question);
    if (failed) failed.node.replaceWith(this.#latest.node);
    else this.#log.append(this.#latest.node);
    this.#follow();
    return this.#latest;
  }

  /** @param {Message[]} messages what was said before this page */
  #addHistory(messages) {
    this.#log.prepend(...messages.map(({ role, text, citations, answered }) => {
      if (role === 'visitor') return questionNode(text);
      const answer = this.#answerTo('', true);
      answer.setSources(citations);
      answer.finish({ text, answered });
      return answer.node;
    }));
    this.#follow();
  }

  /** @param {string} question */
  #answerTo(question, isPast = false) {
    const working = element('p', { className: 'working' }, ENGLISH.looking);
    const node = element('article', { className: 'answer', ariaLabel: ENGLISH.answer, ariaBusy: 'true' }, working);
    /** @type {Answer} */
    const answer = makeAnswer(this.#shell, node, {
      ask: (other) => this.actions?.ask(other),
      retry: () => this.actions?.ask(question, answer),
      rephrase: () => this.#putBack(question),
      drawn: () => this.#follow(),
      say: (text) => !isPast && text && this.#spoken.append(element('p', {}, text)),
    });
    return answer;
  }

  /** @param {Project} project */
  #greet({ greeting, suggestions }) {
    if (this.#log.childElementCount) return;
    this.#log.append(element('p', { className: 'greeting', dir: 'auto' }, greeting), suggestionList(suggestions, (question) => this.actions?.ask(question)));
  }
}

/** @param {string} text */
function questionNode(text) {
  return element('p', { className: 'question', dir: 'auto' }, element('span', { className: 'unseen' }, ENGLISH.asked), text);
}

/** @param {number} confidence from 0 to 1 */
function sureness(confidence) {
  const meter = element('progress', { className: 'meter', value: confidence, ariaHidden: 'true' });
  return element('p', { className: 'sureness num' }, `${Math.round(100 * confidence)} % sure`, meter);
}

customElements.define('orac-playground', OracPlayground);
