// One connection: opened, kept alive, opened again. What is said over it is not its business.

/** @import { MakeSocket, Write } from './types' */

const BEAT = 25_000; // milliseconds between pings: one without a frame after it, and the connection is lost
const LONGEST = 30_000; // milliseconds before another try

const pause = (attempts = 0) => Math.min(500 * 2 ** attempts, LONGEST) * (0.5 + Math.random() / 2);

/** JSON of what is there, whatever `toJSON` the page has put on prototypes. @type {Write} */
export const write = (value) => JSON.stringify(value, /** @this {any} */ function (name) {
  return this[name];
});

/** @type {MakeSocket} */
export const makeSocket = (url, tell, signal, { refusals }) => {
  /** @type {WebSocket | undefined} */
  let socket;
  let wanted = false;
  let silent = false;
  let attempts = 0;
  let timer = 0;
  const drop = () => {
    clearTimeout(timer);
    silent = false;
    if (socket) socket.onopen = socket.onmessage = socket.onclose = null;
    socket?.close();
    socket = undefined;
  };
  const lost = ({ code = 0 }) => {
    drop();
    const refusal = refusals[code]; // another try would not help
    wanted = !refusal;
    if (wanted) timer = setTimeout(connect, pause(attempts++));
    tell(refusal ? { type: 'failed', code: `${code}`, message: refusal } : { type: 'lost' });
  };
  const beat = () => {
    if (silent) return lost({});
    silent = true;
    attempts = 0;
    send({ type: 'ping' });
  };
  /** @type {ReturnType<MakeSocket>['send']} */
  const send = (frame) => {
    const isOpen = socket?.readyState === WebSocket.OPEN;
    if (isOpen) socket?.send(write(frame));
    return isOpen;
  };
  const hear = ({ data = '' }) => {
    silent = false;
    tell(JSON.parse(data));
  };
  const connect = () => {
    drop();
    timer = setInterval(beat, BEAT);
    try {
      socket = new WebSocket(url, 'orac.v1');
      socket.onopen = () => tell({ type: 'opened' });
      socket.onclose = lost;
      socket.onmessage = hear;
    } catch {
      lost({}); // the page's own policy forbids it
    }
  };
  const want = (/** @type {boolean} */ isWanted) => {
    wanted = isWanted;
    if (!isWanted) drop();
    else if (!socket) connect();
  };
  const back = ({ type = '' }) => { // a socket of the network before is dead, and does not know
    if (wanted && !document.hidden && (type === 'online' || !socket)) connect();
  };
  for (const kind of ['online', 'pageshow', 'visibilitychange']) addEventListener(kind, back, { signal });
  addEventListener('pagehide', drop, { signal }); // an open one keeps the page out of the back cache
  signal.addEventListener('abort', () => want(false));
  return { send, open: () => want(true), close: () => want(false) };
};
