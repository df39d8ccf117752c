// Files dropped or chosen are sent one by one, two at a time, each with its own progress.
// Without this element the form sends all of them at once.
import { part } from './parts.js';
import { Upload } from './upload.js';

const AT_ONCE = 2;

class UploadZone extends HTMLElement {
  /** @type {Upload[]} */
  #waiting = [];
  #running = 0;

  connectedCallback() {
    this.dataset.live = '';
    const label = part(this.#form, 'button', HTMLButtonElement);
    label.textContent = 'Choose files';
    this.#form.addEventListener('submit', (event) => this.#choose(event));
    this.#input.addEventListener('change', () => this.#take(this.#input.files));
    this.#catchDrops();
  }

  get #form() {
    return part(this, 'form', HTMLFormElement);
  }

  get #input() {
    return part(this, 'input[type=file]', HTMLInputElement);
  }

  /** @param {SubmitEvent} event */
  #choose(event) {
    event.preventDefault();
    this.#input.click();
  }

  /** The whole page takes the drop: a file that misses the zone must not replace the page. */
  #catchDrops() {
    addEventListener('dragover', (event) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      this.dataset.over = '';
    });
    addEventListener('dragleave', ({ relatedTarget }) => {
      if (!relatedTarget) delete this.dataset.over;
    });
    addEventListener('drop', (event) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      delete this.dataset.over;
      this.#take(event.dataTransfer.files);
    });
  }

  /** @param {FileList | null} files */
  #take(files) {
    const list = part(this, '.uploads', HTMLElement);
    for (const file of files ?? []) {
      const upload = new Upload(file, this.#form, Number(this.dataset.maxBytes));
      list.append(upload.row);
      this.#waiting.push(upload);
    }
    this.#input.value = '';
    this.#next();
  }

  #next() {
    while (this.#running < AT_ONCE) {
      const upload = this.#waiting.shift();
      if (!upload) return;
      this.#running += 1;
      upload.send().finally(() => {
        this.#running -= 1;
        this.#next();
      });
    }
  }
}

customElements.define('upload-zone', UploadZone);
