// How much comes over the wire until a page stands, asked of the browser itself.
import { visit } from "./watchpost.mjs";

/** Bytes, headers included and as compressed, of everything that is no API call: `{bytes, requests, encodings}`. */
export async function firstLoad(browser, recorder, where) {
  // An empty page first, so that the counting begins before the load.
  const page = await visit(browser, recorder, "/api/v1/openapi.json", { signedIn: where === "/" });
  const cdp = await page.context().newCDPSession(page);
  const asked = new Map();
  let bytes = 0;
  const encodings = [];
  const elsewhere = [];
  await cdp.send("Network.enable");
  await cdp.send("Network.setCacheDisabled", { cacheDisabled: true });
  cdp.on("Network.requestWillBeSent", ({ requestId, request }) => {
    const { origin, pathname } = new URL(request.url);
    if (origin !== recorder.origin && !/^(data|blob):/.test(request.url)) elsewhere.push(request.url);
    else if (!pathname.startsWith("/api/") && !/^(data|blob):/.test(request.url)) asked.set(requestId, pathname);
  });
  cdp.on("Network.responseReceived", ({ requestId, response }) => {
    if (asked.has(requestId)) encodings.push([asked.get(requestId), response.headers["content-encoding"] ?? "none", response.headers["cache-control"] ?? ""]);
  });
  cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (asked.has(requestId)) bytes += encodedDataLength;
  });
  await page.goto(recorder.origin + where);
  await page.locator("h1, h2").first().waitFor();
  await page.waitForLoadState("load");
  await page.context().close();
  return { bytes, requests: asked.size, encodings, elsewhere };
}
