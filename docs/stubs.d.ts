// As much of packages that are not installed here as the guides show. What is written in the guides was tried with the
// packages themselves.

declare module '@jest/globals' {
  export { afterAll, beforeAll, expect, test } from 'vitest';
}
