// One file on its way to the server: its row, its progress, and what became of it.
import { element } from './parts.js';

const IN_MEGABYTES = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const LOST = 'The connection was lost before the file had arrived. Add it again.';

export class Upload {
  row = element('li', 'upload');
  #note = element('span', 'small muted num', 'Waiting');
  #button = element('button', 'button button-quiet button-small', 'Cancel');
  #meter = element('progress', 'meter');
  #request = new XMLHttpRequest();
  #isDropped = false;

  /** @param {File} file @param {HTMLFormElement} form where it goes @param {number} mostBytes */
  constructor(file, form, mostBytes) {
    this.file = file;
    this.form = form;
    this.mostBytes = mostBytes;
    this.#draw();
  }

  #draw() {
    const name = element('span', 'upload-name', this.file.name);
    name.dir = 'auto';
    this.#button.type = 'button';
    this.#button.addEventListener('click', () => this.#drop());
    this.#meter.max = 1;
    this.#meter.value = 0;
    this.#meter.ariaLabel = `Upload of ${this.file.name}`;
    this.row.append(name, this.#note, this.#button, this.#meter);
  }

  #drop() {
    this.#isDropped = true;
    this.#request.abort();
    this.row.remove();
  }

  /** Ends when the file has arrived, was refused, or was dropped; never fails. */
  async send() {
    if (this.#isDropped) return;
    if (this.file.size > this.mostBytes) {
      this.#refuse(`This file has ${megabytes(this.file.size)}, and at most ${megabytes(this.mostBytes)} are read. Split it, and add the parts.`);
      return;
    }
    await this.#post();
    if (this.#isDropped) return;
    if (this.#request.status === 201) this.#arrive();
    else this.#refuse(this.#reason());
  }

  #post() {
    const body = new FormData(this.form);
    body.set('files', this.file);
    const request = this.#request;
    request.open('POST', this.form.action);
    request.setRequestHeader('Accept', 'application/json');
    request.responseType = 'json';
    request.upload.addEventListener('progress', (event) => this.#show(event));
    return new Promise((resolve) => {
      request.addEventListener('loadend', resolve);
      request.send(body);
    });
  }

  /** @param {ProgressEvent} event */
  #show({ loaded, total }) {
    if (!total) return;
    this.#meter.value = loaded / total;
    const percent = Math.round((100 * loaded) / total);
    this.#note.textContent = loaded < total ? `${percent} % of ${megabytes(total)}` : 'Being stored';
  }

  #arrive() {
    this.row.remove();
    document.body.dispatchEvent(new CustomEvent('sources-changed'));
  }

  #reason() {
    const { status, response } = this.#request;
    if (!status) return LOST;
    return response?.detail ?? `The server did not take the file (${status}). Load the page again, and add it once more.`;
  }

  /** @param {string} reason */
  #refuse(reason) {
    this.row.classList.add('upload-refused');
    this.#note.textContent = 'Not added';
    this.#button.textContent = 'Dismiss';
    const sentence = element('span', 'upload-reason', reason);
    sentence.role = 'alert';
    this.row.append(sentence);
  }
}

/** @param {number} size in bytes */
function megabytes(size) {
  return `${IN_MEGABYTES.format(size / 1e6)} MB`;
}
