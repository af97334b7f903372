/** What was read of an answer. */
export interface Fetched {
  readonly response: Response;
  readonly text: string;
  /** Whether the answer was longer than what was read of it. */
  readonly cut: boolean;
}

/** How long to wait, and how much to read. */
interface Bounds {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/**
 * Sends a request, and reads the answer up to a limit.
 *
 * @throws what `send` throws; a `TimeoutError` if the answer isn't complete in time
 */
export async function fetchText(
  send: typeof globalThis.fetch,
  url: URL,
  init: RequestInit,
  { timeoutMs, maxBytes }: Bounds,
): Promise<Fetched> {
  // Not AbortSignal.timeout: once fetch has rejected, Node's would still destroy the body, which nobody listens to, and
  // that ends the process. Six Content-Encodings are enough for it.
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DOMException('Timeout', 'TimeoutError')), timeoutMs);
  try {
    const response = await send(url, { ...init, signal: controller.signal });
    return { response, ...(await readText(response, maxBytes)) };
  } finally {
    clearTimeout(timer);
  }
}

async function readText(response: Response, maxBytes: number): Promise<Pick<Fetched, 'text' | 'cut'>> {
  const reader = response.body?.getReader();
  if (reader === undefined) return { text: await response.text(), cut: false };
  const decoder = new TextDecoder();
  let text = '';
  let left = maxBytes;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), cut: false };
    text += decoder.decode(value.subarray(0, left), { stream: true });
    left -= value.length;
    if (left < 0) {
      // What the other side thinks of it doesn't matter.
      reader.cancel().catch(() => {});
      return { text, cut: true };
    }
  }
}
