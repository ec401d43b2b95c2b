// The little of Node that the tests use; the whole of @types/node would mix its timers into the page's.
declare module "node:test" {
  export function test(name: string, story: () => void | Promise<void>): void;
}
declare module "node:assert/strict" {
  const assert: {
    equal(actual: unknown, expected: unknown, message?: string): void;
    deepEqual(actual: unknown, expected: unknown, message?: string): void;
    ok(value: unknown, message?: string): void;
  };
  export default assert;
}
