import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { put } from "./put";

let server: Server | undefined;

/** Start a store on another origin than the page, with a bucket's CORS. */
async function store(listener: RequestListener): Promise<string> {
  const started = createServer((request, response) => {
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Allow-Methods", "PUT");
    response.setHeader("Access-Control-Allow-Headers", "content-type, if-none-match");
    if (request.method === "OPTIONS") response.end();
    else listener(request, response);
  });
  server = started;
  await new Promise<void>((resolve) => {
    started.listen(0, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/incoming/a.png`;
}

const signed = (uploadURL: string) => ({
  uploadURL,
  method: "PUT",
  headers: { "Content-Type": "image/png", "If-None-Match": "*" },
});
const body = new Blob(["bytes of a picture"]);
const options = () => ({ signal: new AbortController().signal, onProgress: () => {} });

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

test("the body goes out with the headers as given", async () => {
  let heard = {};
  const url = await store(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const { "content-type": type, "if-none-match": match } = request.headers;
    heard = { method: request.method, type, match, text };
    response.end();
  });
  const sent: number[] = [];
  const answer = await put(signed(url), body, { ...options(), onProgress: (n) => sent.push(n) });
  expect(answer).toEqual({ status: 200, sentAll: true, begun: true, retryAfter: undefined });
  expect(heard).toEqual({ method: "PUT", type: "image/png", match: "*", text: "bytes of a picture" });
  expect(sent.at(-1)).toBe(body.size);
});

test.each([403, 412, 503])("a %i is an answer, not an exception", async (status) => {
  const url = await store((request, response) => {
    request.resume();
    request.on("end", () => response.writeHead(status).end("<Error/>"));
  });
  expect((await put(signed(url), body, options())).status).toBe(status);
});

test("Retry-After is passed on where CORS shows it", async () => {
  const url = await store((request, response) => {
    request.resume();
    response.setHeader("Access-Control-Expose-Headers", "Retry-After");
    request.on("end", () => response.writeHead(503, { "Retry-After": "9" }).end());
  });
  expect((await put(signed(url), body, options())).retryAfter).toBe(9);
});

test("aborting rejects, and closes the connection", async () => {
  const controller = new AbortController();
  let closed: () => void = () => {};
  const lineClosed = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const url = await store((request) => {
    request.socket.on("close", closed);
    controller.abort();
  });
  const promise = put(signed(url), body, { ...options(), signal: controller.signal });
  await expect(promise).rejects.toMatchObject({ name: "AbortError" });
  await lineClosed;
});

test("an abort before the start sends nothing", async () => {
  let requests = 0;
  const url = await store(() => {
    requests++;
  });
  const promise = put(signed(url), body, { ...options(), signal: AbortSignal.abort() });
  await expect(promise).rejects.toMatchObject({ name: "AbortError" });
  expect(requests).toBe(0);
});
