/**
 * The socket protocol `orac.v1`, and what the modules of the widget are to each other.
 * It is read by the type check and by people, and never loaded by a page: what is written here costs a visitor nothing.
 */

// What is said over the socket.

export interface Citation {
  n: number;
  title: string;
  url: string;
  quote: string;
  page: number | null;
}

export interface Message {
  id: string;
  role: 'visitor' | 'assistant';
  text: string;
  citations: Citation[];
  answered: boolean;
  at: string;
}

export interface Project {
  name: string;
  greeting: string;
  /** Any colour that CSS knows. */
  accent: string;
  suggestions: string[];
  language_model: boolean;
}

export interface Ready {
  type: 'ready';
  conversation: string;
  resume: string;
  project: Project;
  messages: Message[];
}

export interface Started {
  type: 'started';
  id: string;
  message: string;
}

/** `at` and `to` count the answer's text as the server does; a token at 0 replaces all that was shown of it. */
export interface Token {
  type: 'token';
  id: string;
  text: string;
  at: number;
  to: number;
}

export interface Citations {
  type: 'citations';
  id: string;
  items: Citation[];
}

export interface Finished {
  type: 'finished';
  id: string;
  message: string;
  text: string;
  confidence: number;
  answered: boolean;
  suggestions: string[];
}

export interface Failed {
  type: 'failed';
  id?: string;
  code: string;
  message: string;
  /** Seconds until another try is worth it. */
  retry_after?: number;
}

export type ServerFrame = Ready | Started | Token | Citations | Finished | Failed | { type: 'pong' };

export type ClientFrame =
  | { type: 'hello'; conversation?: string | undefined; resume?: string | undefined; page_url: string; turn?: string | undefined; at?: number | undefined }
  | { type: 'ask'; id: string; question: string; page_url: string }
  | { type: 'stop' }
  | { type: 'ping' };

// What this browser keeps of a project, under `askorac:<public key>`.

/** A question whose answer is not complete, as it outlives the page. */
export interface Pending {
  /** The same each time that it is sent: the server answers it once. */
  id: string;
  question: string;
}

export interface Memory {
  conversation?: string;
  resume?: string;
  pending?: Pending | undefined;
  draft?: string;
  project?: Project;
}

/** What was kept of a project, and how it changes. */
export type Recall = (key: string) => { kept: Memory; keep(changes: Memory): void };

// From the loader to the panel.

export interface Shell {
  host: HTMLElement;
  root: ShadowRoot;
  frame: HTMLElement;
  bubble: HTMLButtonElement;
  /** Where the widget came from, without a slash at its end. */
  origin: string;
  /** The project's public key. */
  key: string;
  /** An outlined picture of 24 by 24 units. */
  icon(path: string): SVGElement;
  /** Takes a colour as the project's own, if it is one. */
  tint(color: string | undefined): unknown;
  /** Tells the page `orac:<name>`. */
  emit(name: string, detail?: object): unknown;
}

export type Command = 'open' | 'close' | 'toggle' | 'ask';

/** Draws the bubble of a script tag. */
export type Draw = (tag: HTMLScriptElement) => Shell;

/** Loads the panel when a command comes that needs it. */
export type MakeRun = (shell: Shell) => Orac;

/** Puts the panel beside the bubble, closed; what it returns obeys the commands of the page. */
export type Mount = (shell: Shell) => Run;
export type Run = (command: Command, text?: string) => void;

/** `window.Orac`: before the loader has run, a function that pushes its arguments to `q`. */
export type Orac = Run & { q?: [Command, string?][] };

declare global {
  interface Window {
    Orac?: Orac;
  }
}

// Between the modules of the panel.

/** An element by its properties, never by text that is read as markup, and its children. */
export type MakeElement = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties?: Partial<HTMLElementTagNameMap[K]>,
  ...children: (Node | string)[]
) => HTMLElementTagNameMap[K];

/** What the socket tells: what the server says, and what becomes of the connection. A lost one is tried again. */
export type SocketEvent = ServerFrame | { type: 'opened' } | { type: 'lost' };

export interface Socket {
  open(): void;
  close(): void;
  /** Whether there was a connection to send it over. */
  send(frame: ClientFrame): boolean;
}

export type MakeSocket = (url: string, tell: (event: SocketEvent) => void) => Socket;

/** The answer on its way. `to` is the offset that its text has reached, in the server's count. */
export interface Turn extends Pending {
  answer: Answer;
  text: string;
  to: number;
}

/** One conversation of one project in one page. */
export interface Talk extends ReturnType<Recall> {
  shell: Shell;
  panel: Panel;
  socket: Socket;
  turn?: Turn | undefined;
  /** The server has greeted this connection, and nothing of the answer is missing. */
  ready?: boolean;
  /** What was said before this page is shown. */
  recalled?: boolean;
}

/** Puts a question on its way; with `failed`, the new answer takes the place of that one. */
export type Begin = (talk: Talk, pending: Pending, failed?: Answer) => void;

export type Handlers = {
  [T in SocketEvent['type']]?: (talk: Talk, event: Extract<SocketEvent, { type: T }>) => unknown;
};

/** What is done with each event of the conversation's socket. */
export type MakeListener = (talk: Talk) => (event: SocketEvent) => void;

/** What the visitor does in the panel. */
export interface Actions {
  ask(question: string, failed?: Answer): void;
  stop(): void;
  typed(draft: string): void;
  closed(): void;
}

export type MakeActions = (talk: Talk) => Actions;

export interface Composer {
  composer: HTMLElement;
  /** Puts a question into the field, unless something stands there, and the cursor behind it. */
  putBack(question: string): void;
  /** While an answer is on its way the button stops it. */
  setBusy(busy: boolean): void;
}

export type MakeComposer = (shell: Shell, actions: Actions) => Composer;

export interface Log {
  log: HTMLElement;
  newest: HTMLElement;
  greet(project: Project): void;
  addQuestion(text: string): void;
  addAnswer(question: string, failed?: Answer): Answer;
  /** What was said before this page, above what it shows already. */
  addHistory(messages: Message[]): void;
}

export type MakeLog = (shell: Shell, actions: Actions, putBack: Composer['putBack']) => Log;

export interface Panel extends Omit<Composer, 'composer'>, Omit<Log, 'log' | 'newest'> {
  isOpen(): boolean;
  show(isOpen: boolean): void;
  dress(project: Project): void;
  /** Stands above the field until there is something else to tell. */
  tell(sentence: string): void;
}

export type MakePanel = (shell: Shell, actions: Actions) => Panel;

/** What an answer asks of the panel around it. */
export interface AnswerActions {
  ask(question: string): void;
  retry(): void;
  rephrase(): void;
  /** The answer has another height. */
  drawn(): void;
}

/** `origin` is where addresses without a host lead. */
export type MakeAnswer = (origin: string, actions: AnswerActions) => Answer;

export interface Answer {
  node: HTMLElement;
  /** Draws with the next picture all of the text so far; `anew` when it does not begin as what was drawn. */
  show(text: string, anew: boolean): void;
  setSources(citations: Citation[]): void;
  /** With suggestions, be they none, a next step is offered. */
  finish(text: string, answered: boolean, suggestions?: string[]): void;
  /** `wait`: seconds before another try is worth it. */
  fail(sentence: string, wait?: number | undefined): void;
}

/** A button that can be pressed after `wait` seconds. */
export type MakeAction = (label: string, onclick: () => void, wait?: number) => HTMLButtonElement;
export type List = (className: string, nodes: HTMLElement[]) => HTMLElement;
export type SuggestionList = (questions: string[], ask: (question: string) => void) => HTMLElement;
export type MakeCard = (citation: Citation, origin: string) => HTMLAnchorElement;

/** What a text may point at; there is no other link in it. */
export interface References {
  /** The mark of a citation, or undefined when there is no such source. */
  cite(number: number): Node | undefined;
  /** Whether a source of this answer has the address. */
  allows(href: string): boolean;
  /** The text is still growing: emphasis may stay open at its end. */
  growing: boolean;
}

/** `cards` are those of the answer's sources, at the index of their number. */
export type MakeReferences = (cards: HTMLAnchorElement[]) => References;

/** Draws a text that grows; what stands before its last block is left alone, unless all is drawn anew. */
export type MakeDrawer = (container: HTMLElement, references: References) => (text: string, anew: boolean) => void;

/** The line of each block, and what it shows. */
export type ReadBlocks = (lines: string[], references: References, depth: number) => [number, HTMLElement][];

/** Takes a block from lines that stand in reverse, and makes what it shows. */
export type ReadBlock = (rest: string[], references: References, depth: number) => HTMLElement;

/** Takes the first line, and what follows until a line ends it. */
export type Take = (rest: string[], ends: RegExp) => string[];

/** Takes the lines of each item of a list, without their marks. */
export type TakeItems = (rest: string[]) => string[][];

/** Fills an element with blocks. */
export type Nest = (parent: HTMLElement, lines: string[], references: References, depth: number) => HTMLElement;

/** Fills an element with what stands inside a block. */
export type Inline = (parent: HTMLElement, text: string, references: References) => HTMLElement;

/** An element that is being filled, and the mark that opened it. */
export interface Span {
  node: HTMLElement;
  mark: string;
}

/** Closes what a run of marks can close, and opens what is left of it. */
export type Emphasize = (open: Span[], run: string, before?: string, after?: string) => void;
