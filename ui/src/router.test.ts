import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, routeOf, type Route } from "./router";

test("every route is read back from its address", () => {
  const routes: Route[] = [
    { page: "live" },
    { page: "camera", name: "front door/2" },
    { page: "motion", name: "front door/2" },
    { page: "events", filter: "" },
    { page: "events", filter: "camera=door&kept=1" },
    { page: "event", id: "17", filter: "range=today" },
    { page: "photos", filter: "camera=door" },
    { page: "photo", id: 17, filter: "range=today" },
    { page: "add camera" },
    { page: "devices" },
    { page: "login", next: "/" },
    { page: "login", next: "/events/17?camera=a&camera=b" },
    { page: "setup" },
  ];
  for (const route of routes) assert.deepEqual(routeOf(addressOf(route)), route);
});

test("a login link never leads to another site", () => {
  for (const next of ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/login"]) {
    assert.deepEqual(routeOf(`/login?next=${encodeURIComponent(next)}`), { page: "login", next: "/" });
  }
});

test("an address nobody knows is told apart, and a stray percent sign is no fault", () => {
  assert.deepEqual(routeOf("/timeline/door"), { page: "unknown", path: "/timeline/door" });
  assert.deepEqual(routeOf("/photos/latest"), { page: "unknown", path: "/photos/latest" });
  assert.deepEqual(routeOf("/live/%E0%A4%A"), { page: "camera", name: "%E0%A4%A" });
});
