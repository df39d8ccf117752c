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
  rating?: Rating;
  contact?: Contact;
  at: string;
}

/** Helpful, not helpful, or nothing said. */
export type Rating = 1 | -1 | null;

/** What the project offers where there is no answer. */
export interface Contact {
  label: string;
  url: string;
}

export interface Project {
  name: string;
  greeting: string;
  /** Any colour that CSS knows. */
  accent: string | undefined;
  /** What follows from the accent: text on it, and itself as text on the panel's light and dark. */
  colours?: Record<string, string | undefined>;
  theme?: string;
  position?: string;
  /** A path on the widget's host; empty without a picture. */
  avatar?: string;
  suggestions: string[];
  language_model: boolean;
}

export interface Ready {
  type: 'ready';
  conversation: string;
  resume: string;
  project: Project;
  messages: Message[];
  closed?: Closed;
}

/** Why nothing that was said can be shown, and nothing asked, until the owner gives the key back. */
export interface Closed {
  code: string;
  message: string;
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
  contact?: Contact;
}

export interface Failed {
  type: 'failed';
  id?: string;
  code: string;
  message: string;
  /** Seconds until another try is worth it. */
  retry_after?: number;
  /** The message whose rating was not kept. */
  feedback?: string;
}

export type ServerFrame = Ready | Started | Token | Citations | Finished | Failed | { type: 'pong' } | { type: 'feedback' };

export type ClientFrame =
  | { type: 'hello'; conversation?: string | undefined; resume?: string | undefined; page_url: string; turn?: string | undefined; at?: number | undefined }
  | { type: 'ask'; id: string; question: string; page_url: string; context?: string | undefined }
  | { type: 'feedback'; message: string; value: Rating; comment?: string | undefined }
  | { type: 'stop' }
  | { type: 'ping' };

// What this browser keeps of a project, under `askorac:<name>`.

/** A question whose answer is not complete, as it outlives the page. */
export interface Pending {
  /** The same each time that it is sent: the server answers it once. */
  id: string;
  question: string;
}

/** One conversation of this browser: what takes it up again, and how it began. */
export interface Entry {
  conversation?: string | undefined;
  resume?: string | undefined;
  first?: { question: string; at: number | string } | undefined;
}

export interface Memory extends Entry {
  pending?: Pending | undefined;
  draft?: string;
  project?: Project;
  /** Earlier conversations, the latest first. */
  past?: Entry[];
}

/** What was kept under a name, and how it changes. */
export type Recall = (name: string) => { kept: Memory; keep(changes: Memory): void };

/** What is kept when another conversation takes the place of this one, be it a new one. */
export type TurnTo = (kept: Memory, next?: Entry) => Memory;
export type Write = (value: unknown) => string;

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
  /** What is kept in this browser is kept under this name. */
  name: string;
  /** A selector of the element that it stands in; empty for the page itself. */
  target: string;
  /** `inline` or `page`: always open, within its target. Empty: a bubble. */
  inline: string;
  /** What the site sends along with each question. */
  context?: unknown;
  words: Words;
  /** A look that is tried, over the one that is kept. */
  preview?: Partial<Project>;
  /** An outlined picture of 24 by 24 units. */
  icon(path: string): SVGElement;
  /** Takes theme and colours as the project's own, as far as they are some. */
  dress(project: Partial<Project>): void;
  /** Tells the page `orac:<name>`. */
  emit(name: string, detail?: object): unknown;
}

/** What the widget says by itself, in one language. */
export type Words = typeof import('./words.js').ENGLISH & { failures?: Record<string, string> };
export type WordsOf = (language: string) => Promise<Words>;

/** Draws the bubble of a script tag. */
export type Draw = (src: string, dataset: DOMStringMap) => Omit<Shell, 'words'> & { context?: any };

/** A command with what it takes; `{project}` behind that chooses one of several assistants. */
export type Call = [command: string, value?: any, last?: any, project?: any];
export type Run = (...call: Call) => unknown;

export interface Assistant {
  key: string;
  name: string;
  run: Run;
}

/** Puts the panel beside the bubble, closed, or into the page; what it returns obeys the commands of the page. */
export type Mount = (shell: Shell) => Promise<Run>;

/** `window.Orac`: before the loader has run, a function that pushes its arguments to `q`. */
export interface Orac {
  (...call: Call): void;
  q?: Call[];
  all?: Set<Assistant>;
}

/** Draws the assistant of a tag, unless there is one like it. */
export type Start = (tag: HTMLScriptElement, all: Set<Assistant>) => void;

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

/** `signal` ends it. `words` has what is told of each code after which no other try is made. */
export type MakeSocket = (url: string, tell: (event: SocketEvent) => void, signal: AbortSignal, words: Pick<Words, 'refusals'>) => Socket;

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
  /** The server could open nothing when it greeted: it may be asked again. */
  closed?: Closed | undefined;
}

/** What is said of a failure: in the page's language if we have words of our own for it. */
export type SentenceOf = (talk: Talk, failure: Closed) => string;

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
  /** Whether it was sent. */
  rate(message: string, value: Rating, comment?: string): boolean;
  typed(draft: string): void;
  closed(): void;
}

export type MakeActions = (talk: Talk) => Actions;

/** What the visitor does with conversations. */
export interface PanelActions extends Actions {
  renew(): void;
  showPast(): unknown;
}

/** Begins a conversation; `renew` puts another in its place. */
export type Converse = (shell: Shell, renew: Renew) => { talk: Talk; actions: PanelActions; leave(): void };
export type Renew = (changes: Memory) => void;
export type ShowPast = (talk: Talk, panel: HTMLElement, renew: Renew) => void;
export type Trap = (panel: HTMLElement, root: ShadowRoot, event: KeyboardEvent) => void;

export interface Composer {
  composer: HTMLElement;
  /** Puts a question into the field, unless something stands there, and the cursor behind it. */
  putBack(question: string, isQuiet?: boolean): void;
  /** While an answer is on its way the button stops it. */
  setBusy(busy: boolean): void;
}

export type MakeComposer = (shell: Shell, actions: Actions) => Composer;

export interface Log {
  parts: HTMLElement[];
  greet(project: Project): void;
  addQuestion(text: string): void;
  addAnswer(question: string, failed?: Answer): Answer;
  /** What was said before this page, above what it shows already. */
  addHistory(messages: Message[]): void;
}

export type MakeLog = (shell: Shell, actions: Actions, putBack: Composer['putBack']) => Log;

export interface Panel extends Omit<Composer, 'composer'>, Omit<Log, 'parts'> {
  panel: HTMLElement;
  isOpen(): boolean;
  show(isOpen: boolean): void;
  dress(project: Project): void;
  /** Stands above the field until there is something else to tell. */
  tell(sentence: string): void;
}

export type MakePanel = (shell: Shell, actions: PanelActions, signal: AbortSignal) => Panel;

/** What an answer asks of the panel around it. */
export interface AnswerActions {
  ask(question: string): void;
  retry(): void;
  rephrase(): void;
  /** The answer has another height. */
  drawn(): void;
  /** To those who hear the page: whole sentences, as they come. */
  say(text: string): unknown;
  /** Without it the answer can't be rated, and has no tools. */
  rate?: Actions['rate'];
}

/** Fills the node of an answer, which holds a sign of work. */
export type MakeAnswer = (shell: Pick<Shell, 'origin' | 'words' | 'icon'>, node: HTMLElement, actions: AnswerActions) => Answer;
export type Later = <K extends 'show' | 'setSources' | 'finish' | 'fail'>(name: K) => (...told: Parameters<Answer[K]>) => unknown;
export type MakeTools = (shell: Pick<Shell, 'words' | 'icon'>, body: HTMLElement, actions: Required<AnswerActions>, message: string, rated: Rating) => HTMLElement;
/** `send` says whether it did. */
export type AskWhy = (tools: HTMLElement, words: Words, send: (comment: string) => boolean) => void;

/** The end of an answer. */
export interface Ending {
  text: string;
  answered: boolean;
  message?: string;
  rating?: Rating;
  contact?: Contact;
}

export interface Answer {
  node: HTMLElement;
  /** Draws with the next picture all of the text so far; `anew` when it does not begin as what was drawn. */
  show(text: string, anew: boolean): unknown;
  setSources(citations: Citation[]): unknown;
  /** With suggestions, be they none, a next step is offered. */
  finish(ending: Ending, suggestions?: string[]): unknown;
  /** `wait`: seconds before another try is worth it. */
  fail(sentence: string, wait?: number | undefined): unknown;
}

/** A button that can be pressed after `wait` seconds. */
export type MakeAction = (label: string, onclick: () => void, wait?: number) => HTMLButtonElement;
export type List = (className: string, nodes: Iterable<HTMLElement>) => HTMLElement;
export type Each = <T, U>(list: Iterable<T>, make: (item: T) => U) => U[];
export type SuggestionList = (questions: string[], ask: (question: string) => void) => HTMLElement;
export type MakeCard = (citation: Citation, shell: Pick<Shell, 'origin' | 'words'>) => HTMLAnchorElement;

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
export type MakeReferences = (cards: HTMLAnchorElement[], words: Words) => References;

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
