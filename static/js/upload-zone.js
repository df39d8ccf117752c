// Files dropped or chosen are sent one by one, two at a time, each with its own progress.
// Without this element the form sends all of them at once.
const AT_ONCE = 2;
const SIZE = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

class UploadZone extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector('form');
    this.input = this.querySelector('input[type=file]');
    this.list = this.querySelector('.uploads');
    this.waiting = [];
    this.running = 0;
    this.dataset.live = '';
    this.form.querySelector('button').firstChild.textContent = 'Choose files';
    this.form.addEventListener('submit', (event) => this.choose(event));
    this.input.addEventListener('change', () => this.take(this.input.files));
    this.catchDrops();
  }

  choose(event) {
    event.preventDefault();
    this.input.click();
  }

  // The whole page takes the drop: a file that misses the zone must not replace the page.
  catchDrops() {
    addEventListener('dragover', (event) => {
      if (!event.dataTransfer.types.includes('Files')) return;
      event.preventDefault();
      this.dataset.over = '';
    });
    addEventListener('dragleave', (event) => {
      if (!event.relatedTarget) delete this.dataset.over;
    });
    addEventListener('drop', (event) => {
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      delete this.dataset.over;
      this.take(event.dataTransfer.files);
    });
  }

  take(files) {
    for (const file of files) this.waiting.push(new Upload(file, this));
    this.input.value = '';
    this.next();
  }

  next() {
    while (this.running < AT_ONCE && this.waiting.length) {
      this.running += 1;
      this.waiting.shift().send().finally(() => {
        this.running -= 1;
        this.next();
      });
    }
  }
}

class Upload {
  constructor(file, zone) {
    this.file = file;
    this.zone = zone;
    this.draw();
  }

  draw() {
    this.row = element('li', 'upload');
    this.name = element('span', 'upload-name', this.file.name);
    this.name.dir = 'auto';
    this.note = element('span', 'small muted num', 'Waiting');
    this.button = element('button', 'button button-quiet button-small', 'Cancel');
    this.button.type = 'button';
    this.button.addEventListener('click', () => this.drop());
    this.meter = element('progress', 'meter');
    this.meter.max = 1;
    this.meter.value = 0;
    this.meter.setAttribute('aria-label', `Upload of ${this.file.name}`);
    this.row.append(this.name, this.note, this.button, this.meter);
    this.zone.list.append(this.row);
  }

  drop() {
    this.dropped = true;
    this.request?.abort();
    this.row.remove();
  }

  async send() {
    if (this.dropped) return;
    if (this.file.size > Number(this.zone.dataset.maxBytes)) {
      this.refuse(`This file has ${megabytes(this.file.size)}; at most ${megabytes(this.zone.dataset.maxBytes)} are read. Split it, and add the parts.`);
      return;
    }
    const answer = await this.post();
    if (this.dropped) return;
    if (answer.ok) this.arrive();
    else this.refuse(answer.reason);
  }

  post() {
    const body = new FormData(this.zone.form);
    body.set('files', this.file);
    const request = this.request = new XMLHttpRequest();
    request.open('POST', this.zone.form.action);
    request.setRequestHeader('Accept', 'application/json');
    request.responseType = 'json';
    request.upload.addEventListener('progress', (event) => this.show(event));
    return new Promise((resolve) => {
      request.addEventListener('loadend', () => resolve(outcome(request)));
      request.send(body);
    });
  }

  show(event) {
    if (!event.lengthComputable) return;
    this.meter.value = event.loaded / event.total;
    this.note.textContent = event.loaded < event.total ? `${Math.round(100 * this.meter.value)} % of ${megabytes(event.total)}` : 'Being stored';
  }

  arrive() {
    this.row.remove();
    document.body.dispatchEvent(new CustomEvent('sources-changed'));
  }

  refuse(reason) {
    this.row.classList.add('upload-refused');
    this.note.textContent = 'Not added';
    this.button.textContent = 'Dismiss';
    this.row.append(element('span', 'upload-reason', reason));
    this.row.lastChild.setAttribute('role', 'alert');
  }
}

function outcome(request) {
  if (request.status >= 200 && request.status < 300) return { ok: true };
  const lost = 'The connection was lost before the file had arrived. Add it again.';
  const broken = `The server did not take the file (${request.status}). Add it again.`;
  return { ok: false, reason: request.response?.detail ?? (request.status ? broken : lost) };
}

function megabytes(size) {
  return `${SIZE.format(Number(size) / 1e6)} MB`;
}

function element(tag, classes, text = '') {
  const made = document.createElement(tag);
  made.className = classes;
  made.textContent = text;
  return made;
}

customElements.define('upload-zone', UploadZone);
