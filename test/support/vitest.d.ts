/** What the documentation uses of Vitest, which is not installed: as in its own declarations (version 5). For test/project/docs.test.ts. */
type Awaitable<T> = T | PromiseLike<T>;

export declare const it: {
  each<T>(cases: readonly T[]): (name: string, run: (...args: T[]) => Awaitable<void>, timeoutMillis?: number) => void;
};
export declare function afterAll(run: () => unknown): void;
