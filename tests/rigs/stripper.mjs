// Strips what Python sends, as the page does: tests/rigs/stripping.py speaks to it.
//
// A question is a length in four bytes, a type in one, and a picture. An answer is a length and an outcome, and the
// clean picture or the reason why there is none.

import { runnerImport } from "../../frontend/node_modules/vite/dist/node/index.js";

const root = new URL("../../frontend/", import.meta.url).pathname;
const options = { root, configFile: false, logLevel: "error" };
const { strip } = (await runnerImport(`${root}src/pictures/metadata.ts`, options)).module;

const TYPES = ["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"];
const OUTCOMES = ["clean", "BrokenPicture", "NotShown"];

function answer(type, data) {
  try {
    return [0, ...strip(data, TYPES[type]).parts];
  } catch (error) {
    // What is none of these is a fault, and -1.
    return [OUTCOMES.indexOf(error.constructor.name), Buffer.from(String(error.stack))];
  }
}

let waiting = Buffer.alloc(0);
for await (const chunk of process.stdin) {
  waiting = Buffer.concat([waiting, chunk]);
  while (waiting.length >= 5 && waiting.length >= 5 + waiting.readUInt32BE(0)) {
    const end = 5 + waiting.readUInt32BE(0);
    const [outcome, ...parts] = answer(waiting[4], Uint8Array.from(waiting.subarray(5, end)));
    const head = Buffer.alloc(5);
    const body = Buffer.concat(parts);
    head.writeUInt32BE(body.length);
    head.writeInt8(outcome, 4);
    process.stdout.write(Buffer.concat([head, body]));
    waiting = waiting.subarray(end);
  }
}
