import assert from "node:assert/strict";
import { test } from "node:test";
import { type Asked, Newest } from "./newest";

const soon = (ms = 5) => new Promise((resolve) => setTimeout(resolve, ms));

function asker(rest = 0) {
  const open: { question: number; answer: (text: string) => void; fail: (why: Error) => void }[] = [];
  const states: Asked<string>[] = [];
  const ask = (question: number) => new Promise<string>((answer, fail) => open.push({ question, answer, fail }));
  return { open, states, newest: new Newest(ask, (state) => states.push(state), rest) };
}

test("of the questions that come while one is asked, only the last is asked", async () => {
  const { open, states, newest } = asker();
  newest.want(1);
  await soon();
  for (const question of [2, 3, 4]) newest.want(question);
  await soon();
  assert.deepEqual(open.map(({ question }) => question), [1]);
  open[0]?.answer("one");
  await soon();
  assert.deepEqual(open.map(({ question }) => question), [1, 4]);
  // The answer to a question that was taken back is never shown.
  assert.ok(states.every(({ answer }) => answer === null));
  open[1]?.answer("four");
  await soon();
  assert.deepEqual(states.at(-1), { busy: false, answer: "four", failure: null });
});

test("while somebody moves the slider nothing is asked", async () => {
  const { open, newest } = asker(40);
  for (let at = 0; at < 6; at += 1) {
    newest.want(at);
    await soon(8);
  }
  assert.equal(open.length, 0);
  await soon(60);
  assert.deepEqual(open.map(({ question }) => question), [5]);
});

test("the answer before stays until there is another, and a failure takes its place", async () => {
  const { open, states, newest } = asker();
  newest.want(1);
  await soon();
  open[0]?.answer("one");
  await soon();
  newest.want(2);
  assert.deepEqual(states.at(-1), { busy: true, answer: "one", failure: null });
  await soon();
  open[1]?.fail(new Error("no"));
  await soon();
  assert.equal((states.at(-1)?.failure as Error).message, "no");
  assert.equal(states.at(-1)?.answer, null);
});

test("who has left hears nothing, and what was forgotten is not told", async () => {
  const { open, states, newest } = asker();
  newest.want(1);
  await soon();
  newest.forget();
  open[0]?.answer("one");
  await soon();
  assert.deepEqual(states.at(-1), { busy: false, answer: null, failure: null });
  newest.want(2);
  await soon();
  newest.close();
  const told = states.length;
  open[1]?.answer("two");
  await soon();
  assert.equal(states.length, told);
});
