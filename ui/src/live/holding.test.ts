import assert from "node:assert/strict";
import { test } from "node:test";
import type { Movement } from "../recorder/wire";
import { type Input, STILL, step } from "./holding";

/** What the camera is told by so many inputs: `<` `>` `^` `v` press a way, `.` lets go, `~` is time, `a` an answer, `x` a failure. */
function told(inputs: string): string {
  const meaning: Record<string, Input> = {
    "<": { kind: "press", way: "left" },
    ">": { kind: "press", way: "right" },
    "^": { kind: "press", way: "up" },
    ".": { kind: "release" },
    "~": { kind: "due" },
    a: { kind: "answered" },
    x: { kind: "failed" },
  };
  let holding = STILL;
  let said = "";
  for (const letter of inputs) {
    const { holding: after, command } = step(holding, meaning[letter]!);
    holding = after;
    said += command === null ? "" : letterOf(command);
  }
  return said;
}

function letterOf(command: Movement): string {
  if ("stop" in command) return "s";
  if (!("pan" in command)) return "?";
  return command.pan < 0 ? "<" : command.pan > 0 ? ">" : "^";
}

test("held down, it moves again and again; let go, it stops once", () => {
  assert.equal(told("<a~a~a.a~~"), "<<<s");
});

test("a short touch moves and stops, and the stop waits for the move's answer", () => {
  assert.equal(told("<."), "<");
  assert.equal(told("<.a"), "<s");
});

test("a slow recorder is not flooded", () => {
  assert.equal(told("<~~~"), "<");
  assert.equal(told("<~~~a~~~"), "<<");
});

test("between two moves nothing is said until the time has come", () => {
  assert.equal(told("<aaa"), "<");
});

test("another way is taken at once", () => {
  assert.equal(told("<a>a.a"), "<>s");
});

test("letting go without having moved says nothing", () => {
  assert.equal(told("..~"), "");
});

test("after a failure it is over until the next press", () => {
  assert.equal(told("<x~~."), "<");
  assert.equal(told("<x~^"), "<^");
});
