import assert from "node:assert/strict";
import { test } from "node:test";
import { tableFor } from "./table";

test("a camera gets a name that none has yet", () => {
  assert.equal(tableFor({ source: "v4l2:/dev/video0" }, []), '[[camera]]\nname = "camera1"\nsource = "v4l2:/dev/video0"\n');
  assert.ok(tableFor({ source: "rpicam:0" }, ["camera1", "door", "camera2"]).includes('name = "camera3"'));
});

test("strange letters in a device's name do not break the file", () => {
  assert.ok(tableFor({ source: 'v4l2:/dev/a"b\\c' }, []).includes('source = "v4l2:/dev/a\\"b\\\\c"'));
});
