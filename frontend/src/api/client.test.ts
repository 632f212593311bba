// @vitest-environment node
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { ApiError, createApi, parseRetryAfter } from "./client";

let server: Server | undefined;

/** Start a real server on a free port; return its address. */
async function serve(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => {
    started.listen(0, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error(`expected an ApiError, got ${String(error)}`);
  return error;
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

test("init posts JSON, with the access token of a private instance", async () => {
  let heard = {};
  const base = await serve(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    heard = {
      method: request.method,
      url: request.url,
      authorization: request.headers.authorization,
      type: request.headers["content-type"],
      body: JSON.parse(body),
    };
    response.writeHead(201, { "Content-Type": "application/json" }).end('{"uploadToken":"t"}');
  });
  const api = createApi({ base, accessToken: () => "secret" });
  const request = { filename: "a.png", contentType: "image/png", size: 4, expiresIn: "7d" as const };
  expect(await api.init(request)).toEqual({ uploadToken: "t" });
  expect(heard).toEqual({
    method: "POST",
    url: "/uploads/init",
    authorization: "Bearer secret",
    type: "application/json",
    body: request,
  });
});

test("an album is changed by a PUT, and a refusal names its fields", async () => {
  const heard: unknown[] = [];
  const base = await serve((request, response) => {
    heard.push(request.method, request.url);
    response.writeHead(422, { "Content-Type": "application/problem+json" }).end(
      JSON.stringify({
        code: "pictures_missing",
        detail: "Gone.",
        errors: [{ field: "pictures.3", message: "Gone." }, null, { field: 5 }],
      }),
    );
  });
  const edit = { pictures: [{ key: "a.png" }], editToken: "t", version: 1 };
  const error = await failure(createApi({ base }).editAlbum("7d-a/b", edit));
  expect(heard).toEqual(["PUT", "/albums/7d-a%2Fb"]);
  expect([error.code, error.fields]).toEqual(["pictures_missing", ["pictures.3"]]);
});

test("without an access token no Authorization is sent", async () => {
  let authorization: string | undefined = "unset";
  const base = await serve((request, response) => {
    authorization = request.headers.authorization;
    response.end("{}");
  });
  await createApi({ base, accessToken: () => undefined }).limits();
  expect(authorization).toBeUndefined();
});

test("remove accepts the empty 204", async () => {
  let body = "";
  const base = await serve(async (request, response) => {
    for await (const chunk of request) body += chunk;
    response.writeHead(204).end();
  });
  await createApi({ base }).remove("d");
  expect(JSON.parse(body)).toEqual({ deleteToken: "d" });
});

test("a problem becomes an ApiError with its code, sentence and Retry-After", async () => {
  const base = await serve((_request, response) => {
    response
      .writeHead(429, { "Content-Type": "application/problem+json", "Retry-After": "12" })
      .end('{"type":"about:blank","status":429,"code":"rate_limited","detail":"Slower, please."}');
  });
  const error = await failure(createApi({ base }).complete("t"));
  expect(error).toMatchObject({
    status: 429,
    code: "rate_limited",
    detail: "Slower, please.",
    retryAfter: 12,
    transient: true,
  });
});

test.each([
  [502, true],
  [200, false],
])("a proxy's HTML page with status %i is a bad answer", async (status, transient) => {
  const base = await serve((_request, response) => {
    response.writeHead(status, { "Content-Type": "text/html" }).end("<h1>Bad Gateway</h1>");
  });
  const error = await failure(createApi({ base }).limits());
  expect(error).toMatchObject({ status, code: "bad_answer", detail: undefined, transient });
});

test("no answer is status 0, and worth another try", async () => {
  const base = await serve((request) => request.socket.destroy());
  const error = await failure(createApi({ base }).limits());
  expect(error).toMatchObject({ status: 0, code: "network", transient: true });
});

test("a server that never answers is given up", async () => {
  const base = await serve(() => {});
  const error = await failure(createApi({ base, timeoutMs: 20 }).limits());
  expect(error).toMatchObject({ status: 0, code: "timeout", transient: true });
});

test("aborting is no ApiError", async () => {
  const controller = new AbortController();
  const base = await serve(() => controller.abort());
  const reason = await createApi({ base })
    .limits(controller.signal)
    .catch((error: unknown) => error);
  expect(reason).toMatchObject({ name: "AbortError" });
});

test("Retry-After is read in both its forms", () => {
  expect(parseRetryAfter("30")).toBe(30);
  expect(parseRetryAfter(new Date(Date.now() - 60_000).toUTCString())).toBe(0);
  expect(parseRetryAfter(new Date(Date.now() + 3_600_000).toUTCString())).toBeGreaterThan(3_500);
  expect(parseRetryAfter("soon")).toBeUndefined();
  expect(parseRetryAfter(null)).toBeUndefined();
});
