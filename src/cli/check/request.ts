import { fetchText } from '../../util/fetch.js';

/** What is asked of an auth endpoint. */
export interface Question {
  readonly url: URL;
  readonly method: 'GET' | 'POST' | 'OPTIONS';
  readonly headers?: Readonly<Record<string, string>>;
  /** Parameters as Ably's clients send them: in the query, for POST in the form as well. */
  readonly params?: Readonly<Record<string, string>>;
}

/** What it answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** Whether the body was longer than what was read of it. */
  readonly cut: boolean;
}

/** No answer, and why. */
export interface Silence {
  readonly silence: 'unreachable' | 'timeout';
  /** The network's error, in a word or two. */
  readonly cause: string;
}

/** As long as a client of Ably waits. */
const timeoutMs = 10_000;

/** As much as a client of Ably reads. */
const maxBodyBytes = 131_072;

/** Asks once, as a client would: without following redirects. */
export async function ask({ url, method, headers = {}, params }: Question): Promise<Answer | Silence> {
  const target = new URL(url);
  for (const [name, value] of Object.entries(params ?? {})) target.searchParams.set(name, value);
  try {
    const init: RequestInit = {
      method,
      // What Ably's clients accept: it has frameworks answer an error rather than a login page.
      headers: { accept: 'application/json, text/plain', ...headers },
      ...(method === 'POST' ? { body: new URLSearchParams(params) } : {}),
      redirect: 'manual',
    };
    const { response, text, cut } = await fetchText(fetch, target, init, {
      timeoutMs,
      maxBytes: maxBodyBytes,
    });
    return { status: response.status, headers: response.headers, body: text, cut };
  } catch (error) {
    if ((error as Error).name === 'TimeoutError') return { silence: 'timeout', cause: 'timeout' };
    const { code, message } = ((error as Error).cause ?? error) as { code?: string; message: string };
    return { silence: 'unreachable', cause: code ?? message };
  }
}
