// @vitest-environment node
import { expect, test } from "vitest";
import { measure } from "./measure";
import type { Reply, Request } from "./worker";

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
  reply(data: Reply): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }
}

const OPTIONS = { keepMetadata: false, shrink: undefined };
const FILE = new Blob(["file"]);

function ask() {
  const workers: Slow[] = [];
  const stop = new AbortController();
  const start = () => {
    const worker = new Slow();
    workers.push(worker);
    return worker as unknown as Worker;
  };
  const again = () => measure(start, FILE, "image/png", OPTIONS, stop.signal);
  const size = again();
  return { size, again, stop, workers, worker: workers[0] as Slow };
}

test("the size is that of what would be sent, and the worker ends with the answer", async () => {
  const { size, worker } = ask();
  expect(worker.asked).toEqual([{ ask: "rework", file: FILE, contentType: "image/png", options: OPTIONS }]);
  const body = new Blob(["smaller"]);
  worker.reply({ prepared: { body, contentType: "image/webp", removed: [], sha256: undefined } });
  expect(await size).toBe(body.size);
  expect(worker.terminated).toBe(true);
});

test("who no longer asks ends the worker, and starts none later", async () => {
  const { size, again, stop, worker, workers } = ask();
  stop.abort();
  expect(await size).toBeUndefined();
  expect(worker.terminated).toBe(true);
  expect(await again()).toBeUndefined();
  expect(workers.length).toBe(1);
});

test("a picture that can't be prepared, and a worker that dies, give no size", async () => {
  const broken = ask();
  broken.worker.reply({ failed: "broken" });
  expect(await broken.size).toBeUndefined();
  const dead = ask();
  dead.worker.dispatchEvent(new Event("error"));
  expect(await dead.size).toBeUndefined();
  expect(dead.worker.terminated).toBe(true);
});
