// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Answer } from "../preparer";
import type { Request } from "../worker";
import { createConverter, type Rework } from "./converter";

/** A decoder that does what a test tells it to. */
class Decoder extends EventTarget {
  readonly asked: unknown[] = [];
  terminated = false;

  postMessage(request: unknown): void {
    this.asked.push(request);
  }
  terminate(): void {
    this.terminated = true;
  }
  async say(data: unknown): Promise<void> {
    this.dispatchEvent(new MessageEvent("message", { data }));
    await settled();
  }
  async die(): Promise<void> {
    this.dispatchEvent(new Event("error"));
    await settled();
  }
}

const settled = () => vi.advanceTimersByTimeAsync(0);
const question = (file = new Blob(["heic"])): Rework => ({
  ask: "rework",
  file,
  contentType: "image/heic",
  options: { keepMetadata: false, shrink: undefined },
});
const PREPARED = {
  prepared: { body: new Blob(), contentType: "image/jpeg", removed: [], sha256: undefined },
};

function setUp(native = false) {
  const decoders: Decoder[] = [];
  const asked: Request[] = [];
  const ask = async (request: Request): Promise<Answer> => {
    asked.push(request);
    return request.ask === "decodes" ? { decodes: native } : PREPARED;
  };
  const convert = createConverter(ask, () => {
    const decoder = new Decoder();
    decoders.push(decoder);
    return decoder as unknown as Worker;
  });
  return { convert, decoders, asked };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal(
    "fetch",
    vi.fn(async () => new Response("wasm")),
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a browser that decodes HEIC loads no decoder", async () => {
  const { convert, decoders } = setUp(true);
  expect(await convert(question())).toBe(PREPARED);
  expect(decoders).toEqual([]);
  expect(fetch).not.toHaveBeenCalled();
});

test("pictures are decoded one at a time, each by a decoder of its own that ends with it", async () => {
  const { convert, decoders, asked } = setUp();
  const [first, second] = [convert(question()), convert(question())];
  await settled();
  expect(decoders.length).toBe(1);
  const decoded = { picture: "pixels", profile: undefined };
  await decoders[0]?.say("started");
  await decoders[0]?.say(decoded);
  expect(await first).toBe(PREPARED);
  expect(asked.at(1)).toMatchObject({ ask: "rework", decoded });
  await settled();
  expect(decoders.map(({ terminated }) => terminated)).toEqual([true, false]);
  await decoders[1]?.say({ failed: "heic" });
  expect(await second).toEqual({ failed: "heic" });
  expect(decoders[1]?.terminated).toBe(true);
});

test("a decoder that takes too long is ended, and so is one that dies", async () => {
  const { convert, decoders } = setUp();
  const [slow, dead] = [convert(question()), convert(question())];
  await settled();
  await decoders[0]?.say("started");
  await vi.advanceTimersByTimeAsync(119_000);
  expect(decoders[0]?.terminated).toBe(false);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await slow).toEqual({ failed: "heic_stopped" });
  expect(decoders[0]?.terminated).toBe(true);
  await settled();
  await decoders[1]?.say("started");
  await decoders[1]?.die();
  expect(await dead).toEqual({ failed: "heic_stopped" });
});

test("what can't be loaded is unavailable; what is not there converts nothing", async () => {
  const { convert, decoders } = setUp();
  const unloaded = convert(question());
  await settled();
  await decoders[0]?.die();
  expect(await unloaded).toEqual({ failed: "unavailable" });
  vi.mocked(fetch).mockRejectedValueOnce(new TypeError("offline"));
  expect(await convert(question())).toEqual({ failed: "unavailable" });
  vi.mocked(fetch).mockResolvedValueOnce(new Response("", { status: 503 }));
  expect(await convert(question())).toEqual({ failed: "unavailable" });
  vi.mocked(fetch).mockResolvedValueOnce(new Response("", { status: 404 }));
  expect(await convert(question())).toEqual({ failed: "heic" });
  expect(decoders.length).toBe(1);
});
