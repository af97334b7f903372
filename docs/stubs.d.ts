// As much of packages that are not installed here as the guides show. What is written in the guides was tried with the
// packages themselves.

declare module '@nestjs/common' {
  export function Controller(path: string): ClassDecorator;
  export function All(): MethodDecorator;
  export function Req(): ParameterDecorator;
  export function Res(): ParameterDecorator;
}

declare module 'koa' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  interface Context {
    readonly path: string;
    readonly req: IncomingMessage;
    readonly res: ServerResponse;
    respond: boolean;
  }
  export default class Koa {
    use(middleware: (context: Context, next: () => Promise<unknown>) => unknown): this;
    listen(port: number): void;
  }
}

declare module '@jest/globals' {
  export { afterAll, beforeAll, expect, test } from 'vitest';
}

declare module 'react' {
  export type ReactNode = unknown;
  export function useState<T>(): [T | undefined, (value: T) => void];
  export function useEffect(effect: () => () => void, dependencies: readonly unknown[]): void;
}

declare module 'react/jsx-runtime' {
  export namespace JSX {
    type Element = unknown;
    type ElementType = (props: never) => unknown;
    interface ElementChildrenAttribute {
      children: unknown;
    }
  }
  export const jsx: (...parameters: unknown[]) => JSX.Element;
  export const jsxs: typeof jsx;
}

declare module 'ably/react' {
  import type { Realtime } from 'ably';
  import type { ReactNode } from 'react';
  export function AblyProvider(props: { client: Realtime; children: ReactNode }): unknown;
}
