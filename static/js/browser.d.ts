/** What the pages' scripts find in the window. Read by the type check, never loaded by a page. */

interface HtmxExtension {
  isInlineSwap(style: string): boolean;
  handleSwap(style: string, target: Element, fragment: Node): Node[] | boolean;
}

/** The part of htmx that our scripts touch. */
interface Htmx {
  process(node: Element): void;
  defineExtension(name: string, extension: HtmxExtension): void;
}

/** Passkeys in JSON, as allauth brings it along. */
interface WebauthnJson {
  create(options: unknown): Promise<unknown>;
  get(options: unknown): Promise<unknown>;
}

interface Window {
  htmx?: Htmx;
  webauthnJSON?: WebauthnJson;
}
