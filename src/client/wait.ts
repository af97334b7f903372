const longest = 600_000;

/** The pause that an endpoint asked for with `Retry-After`. */
export interface Wait {
  /** Starts it: seconds, or a date. Anything else, or a time that has passed, starts none. */
  start(retryAfter: string | null | undefined): void;
  /** The milliseconds that are left of it, or 0 or less. */
  left(): number;
}

export function createWait(): Wait {
  let length = 0;
  let until = 0;
  return {
    start(retryAfter) {
      const now = Date.now();
      const asked = Number(retryAfter) * 1e3 || Date.parse(retryAfter ?? '') - now;
      if (asked > 0) {
        length = Math.min(asked, longest);
        until = now + length;
      }
    },
    left() {
      const now = Date.now();
      until = Math.min(until, now + length); // a clock that was set back doesn't make it longer
      if (until <= now) length = 0; // nor bring one back that is over
      return until - now;
    },
  };
}
