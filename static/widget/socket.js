// One connection: opened, kept alive, opened again. What is said over it is not its business.

/** @import { MakeSocket } from './types' */

const BEAT = 25_000; // milliseconds between pings: one without a frame after it, and the connection is lost
const LONGEST = 30_000; // milliseconds before another try

/** Close codes after which another try would not help. @type {Record<number, string>} */
const REFUSALS = {
  4403: 'The assistant is not set up for this site. Its owner can allow it on the page Install.',
  4404: 'There is no assistant here. Its owner finds the right tag on the page Install.',
  4429: 'Too much was asked from here. Wait a few minutes, then try again.',
};

const pause = (attempts = 0) => Math.min(500 * 2 ** attempts, LONGEST) * (0.5 + Math.random() / 2);

/** @type {MakeSocket} */
export const makeSocket = (url, tell) => {
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
    wanted = !REFUSALS[code];
    if (wanted) timer = setTimeout(connect, pause(attempts++));
    tell(wanted ? { type: 'lost' } : { type: 'failed', code: `${code}`, message: REFUSALS[code] });
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
    if (isOpen) socket?.send(JSON.stringify(frame));
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
  for (const kind of ['online', 'pageshow', 'visibilitychange']) addEventListener(kind, back);
  addEventListener('pagehide', drop); // an open one keeps the page out of the back cache
  return { send, open: () => want(true), close: () => want(false) };
};
