/** What is known of the latest answer in a call. An error shows it. */
export interface Answer {
  /** The URL of the endpoint, as it may be shown. Undefined if a function of the app gives the tokens. */
  readonly url: string | undefined;
  status: number | undefined;
  readonly contentType: string | undefined;
}

/** @internal Whether another attempt may succeed. Not after a redirect, nor after a 4xx, except the three that ask for patience. */
export const isTemporary = (status = 0): boolean =>
  status < 300 || status > 499 || [408, 425, 429].includes(status);

/** @internal A text from outside, in one line: in a log, more could pass for further entries, or act on a terminal. */
export const oneLine = (text?: string | null): string | undefined => text?.replace(/\p{Cc}+/gu, ' ');

/** @internal A URL, or a text with one, without what may be secret: user name, password, `;parameters`, query and fragment. */
export const redact = (url: string): string => url.replace(/[?#].*|;[^/?#]*|(^|\/)[^/?#]*@/gs, '$1');
