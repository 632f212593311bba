// @vitest-environment node
import { expect, test } from "vitest";
import { createPreparer } from "./preparer";
import type { Reply, Request } from "./worker";

const settled = () => new Promise((resolve) => setTimeout(resolve));

/** A worker that answers when a test tells it to. */
class Slow extends EventTarget {
  readonly asked: Request[] = [];
  terminated = false;

  postMessage(question: Request): void {
    this.asked.push(question);
  }
  terminate(): void {
    this.terminated = true;
  }
  async reply(data: Reply): Promise<void> {
    await settled();
    this.dispatchEvent(new MessageEvent("message", { data }));
    await settled();
  }
}

function setUp() {
  const workers: Slow[] = [];
  const preparer = createPreparer(() => {
    const worker = new Slow();
    workers.push(worker);
    return worker as unknown as Worker;
  });
  return { preparer, workers };
}

const CHOICES = { keepMetadata: false, shrink: undefined };
const [a, b, c] = [new Blob(["a"]), new Blob(["b"]), new Blob(["c"])];
const prepared = { body: a, contentType: "image/png", removed: [], sha256: undefined };

test("a worker gets one request at a time, and preparing an upload does not wait for thumbnails", async () => {
  const { preparer, workers } = setUp();
  const small = preparer.thumbnail(a);
  void preparer.thumbnail(b);
  const sent = preparer.prepare(c, "image/png", CHOICES);
  await settled();
  const asked = () => workers.map((worker) => worker.asked.map(({ ask, file }) => [ask, file]));
  expect(asked()).toEqual([[["thumbnail", a]], [["rework", c]]]);
  await workers[1]?.reply({ prepared });
  expect(await sent).toEqual({ ok: true, prepared });
  await workers[0]?.reply({ thumbnail: c });
  expect(await small).toBe(c);
  expect(asked()[0]?.slice(1)).toEqual([["thumbnail", b]]);
});

test("a thumbnail is made once, and tried again only after it failed", async () => {
  const { preparer, workers } = setUp();
  const first = preparer.thumbnail(a);
  await settled();
  await workers[0]?.reply({ failed: "unreadable" });
  expect(await first).toBeUndefined();
  const second = preparer.thumbnail(a);
  await workers[0]?.reply({ thumbnail: b });
  expect(await second).toBe(b);
  expect(await preparer.thumbnail(a)).toBe(b);
  expect(workers[0]?.asked.length).toBe(2);
});

test("when a worker dies, a new one gets the requests that wait", async () => {
  const { preparer, workers } = setUp();
  const first = preparer.prepare(a, "image/png", CHOICES);
  const second = preparer.prepare(b, "image/png", CHOICES);
  await settled();
  workers[0]?.dispatchEvent(new Event("error"));
  expect(await first).toEqual({ ok: false, code: "unavailable" });
  await settled();
  expect(workers[0]?.terminated).toBe(true);
  expect(workers[1]?.asked.map(({ file }) => file)).toEqual([b]);
  await workers[1]?.reply({ prepared });
  expect(await second).toEqual({ ok: true, prepared });
});

test("what is prepared ahead is asked for once, and only its own question gets the answer", async () => {
  const { preparer, workers } = setUp();
  preparer.ahead(a, "image/png", CHOICES);
  const other = preparer.prepare(a, "image/png", { ...CHOICES, keepMetadata: true });
  const same = preparer.prepare(a, "image/png", CHOICES);
  await settled();
  await workers[0]?.reply({ prepared });
  expect(await same).toEqual({ ok: true, prepared });
  await workers[0]?.reply({ prepared: { ...prepared, body: b } });
  expect(await other).toEqual({ ok: true, prepared: { ...prepared, body: b } });
  const again = preparer.prepare(a, "image/png", CHOICES);
  await workers[0]?.reply({ prepared: { ...prepared, body: c } });
  expect(await again).toEqual({ ok: true, prepared: { ...prepared, body: c } });
});
