// Coming in: the first run, signing in, and nothing without it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { firstLoad } from "./first_load.mjs";
import { door, live, top } from "./pages.mjs";
import { Camera, OWNER, REFUSED_STRANGER, Recorder, leave, openBrowser, request, until, visit } from "./watchpost.mjs";

let camera, browser;
before(async () => {
  camera = await Camera.begin("--mount", "door=scene:h264", "--still", "inf");
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await camera?.die();
});

/** A story with a recorder of its own. */
function story(name, options, play) {
  test(name, { timeout: 360_000 }, async () => {
    const recorder = await Recorder.begin({ door: { source: camera.address() } }, options);
    try {
      await play(recorder);
    } finally {
      await recorder.end();
    }
  });
}

story("the one-time link sets the owner's password, once", { owner: false }, async (recorder) => {
  const link = await recorder.setupLink();
  assert.ok(link.startsWith(recorder.origin), link);
  assert.deepEqual((await recorder.ask("GET", "/setup")).body, { needed: true });

  const page = await visit(browser, recorder, link.slice(recorder.origin.length), { signedIn: false });
  await door.name(page).fill(OWNER.name);
  await door.password(page).fill("too short");
  await door.passwordAgain(page).fill("too short");
  await door.start(page).click();
  await door.refusal(page).getByText("1 character more needed").waitFor();
  await door.password(page).fill(OWNER.password);
  await door.passwordAgain(page).fill(OWNER.password);
  await door.start(page).click();
  await live.tile(page, "door", "live").waitFor({ timeout: 60_000 });
  await leave(page, REFUSED_STRANGER);

  assert.deepEqual((await recorder.ask("GET", "/setup")).body, { needed: false });
  const token = link.split("token=")[1];
  const again = await recorder.ask("POST", "/setup", { body: { token, name: "mallory", password: OWNER.password } });
  assert.ok(again.status >= 400, `the link worked twice: ${again.status}`);
  assert.ok(await recorder.signIn());
});

story("a wrong link sets nothing", { owner: false }, async (recorder) => {
  const body = { token: "not-the-token", name: "mallory", password: OWNER.password };
  assert.equal((await recorder.ask("POST", "/setup", { body })).status, 403);
  assert.deepEqual((await recorder.ask("GET", "/setup")).body, { needed: true });
});

story("a wrong password is refused with the tries left, the right one opens the page", {}, async (recorder) => {
  const page = await visit(browser, recorder, "/events", { signedIn: false });
  await page.waitForURL(/\/login/);
  await door.name(page).fill(OWNER.name);
  await door.password(page).fill("a wrong password");
  await door.signIn(page).click();
  await door.refusal(page).getByText("4 tries left").waitFor();
  await door.password(page).fill(OWNER.password);
  await door.signIn(page).click();
  await page.waitForURL(/\/events$/); // where they wanted to go
  await top.monitoring(page).waitFor();

  const [cookie] = (await page.context().cookies()).filter((one) => one.name === "watchpost_session");
  assert.deepEqual({ httpOnly: cookie.httpOnly, secure: cookie.secure, sameSite: cookie.sameSite, path: cookie.path }, { httpOnly: true, secure: true, sameSite: "Strict", path: "/" });
  await leave(page, REFUSED_STRANGER);
});

story("five wrong passwords are a pause of a minute", {}, async (recorder) => {
  const wrong = { body: { name: OWNER.name, password: "wrong wrong wrong" } };
  const answers = [];
  for (let time = 0; time < 5; time += 1) answers.push(await recorder.ask("POST", "/session", wrong));
  assert.deepEqual(answers.slice(0, 4).map((one) => [one.status, one.body.error.tries_left]), [[401, 4], [401, 3], [401, 2], [401, 1]]);
  const paused = await recorder.ask("POST", "/session", { body: OWNER });
  assert.equal(paused.status, 429, "even the right password waits now");
  const wait = Number(paused.headers["retry-after"]);
  assert.ok(wait > 0 && wait <= 60, `Retry-After: ${wait}`);
});

story("signing out ends the session everywhere", {}, async (recorder) => {
  const page = await visit(browser, recorder, "/");
  const [{ value }] = (await page.context().cookies()).filter((one) => one.name === "watchpost_session");
  await top.account(page).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/login/);
  assert.equal((await recorder.ask("GET", "/status", { cookie: `watchpost_session=${value}` })).status, 401);
  await leave(page, new RegExp(`${REFUSED_STRANGER.source}|status of 401`));
});

story("without a session there is nothing but the door", {}, async (recorder) => {
  const open = new Set(["GET /setup", "POST /setup", "POST /session", "GET /openapi.json"]);
  const { paths } = (await recorder.ask("GET", "/openapi.json")).body;
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => ["get", "post", "put", "patch", "delete"].includes(method))
      .map((method) => [method.toUpperCase(), path.replace(/^\/api\/v1/, "")]),
  );
  assert.ok(routes.length >= 20, `OpenAPI tells of ${routes.length} routes only`);
  for (const [method, path] of routes) {
    if (open.has(`${method} ${path}`)) continue;
    const real = path.replace("{name}", "door").replace("{id}", "20261121T133205250-door");
    for (const cookie of ["", "watchpost_session=", `watchpost_session=${"0".repeat(64)}`]) {
      const answer = await recorder.ask(method, real, { cookie, ...(method === "GET" ? {} : { body: {} }) });
      assert.equal(answer.status, 401, `${method} ${path} with ${cookie || "no cookie"}: ${answer.status}`);
      if (answer.body?.error) assert.equal(answer.body.error.code, "unauthorized");
    }
  }
  const socket = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" };
  assert.equal((await recorder.ask("GET", "/cameras/door/live", { headers: socket })).status, 401);
  assert.equal((await request(`${recorder.origin}/api/v1/nothing`, "GET", {})).status >= 400, true);
});

story("another site cannot act in the owner's name", {}, async (recorder) => {
  const cookie = await recorder.signIn();
  for (const origin of ["https://evil.example", "null", `https://127.0.0.1:${recorder.port + 1}`]) {
    assert.equal((await recorder.ask("POST", "/stop", { cookie, headers: { Origin: origin } })).status, 403, origin);
  }
  const socket = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" };
  const answer = await recorder.ask("GET", "/cameras/door/live", { cookie, headers: { ...socket, Origin: "https://evil.example" } });
  assert.equal(answer.status, 403);
  assert.equal((await recorder.owner("GET", "/status")).monitoring, true);
});

story("the first load is under 100 KB, compressed, and from nowhere else", {}, async (recorder) => {
  for (const where of ["/", "/login"]) {
    const { bytes, requests, encodings, elsewhere } = await firstLoad(browser, recorder, where);
    console.log(`first load of ${where}: ${bytes} bytes in ${requests} requests`);
    assert.ok(requests >= 3 && requests <= 6, `${requests} requests`);
    assert.ok(bytes > 1000 && bytes <= 100_000, `${bytes} bytes`);
    assert.deepEqual(elsewhere, []);
    for (const [path, encoding, cache] of encodings) {
      assert.equal(encoding, "br", `${path} came as ${encoding}`);
      assert.match(cache, path.startsWith("/assets/") ? /immutable/ : /no-cache/, path);
    }
  }
});

story("the page is told to trust nothing but itself", {}, async (recorder) => {
  const { headers } = await request(`${recorder.origin}/`, "GET", {});
  const policy = headers["content-security-policy"];
  for (const rule of ["default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]) assert.ok(policy.includes(rule), `${rule} is not in ${policy}`);
  assert.ok(!/unsafe-(inline|eval)/.test(policy), policy);
  await until("the log to be written", 5, () => recorder.said().length > 0);
  assert.ok(!recorder.said().join("\n").includes(OWNER.password), "the password stands in the log");
});
