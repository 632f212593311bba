import { BrokenPicture, type Bytes, type Parts } from "../bytes";
import { add, behind, readXmp, type Trace } from "../traces";

// GIF89a (15, 18 to 27)

const TRAILER = 0x3b;
const IMAGE = 0x2c;
const EXTENSION = 0x21;
const GRAPHIC_CONTROL = 0xf9;
const COMMENT = 0xfe;
const PLAIN_TEXT = 0x01;
const APPLICATION = 0xff;

/** Return how many bytes the table of colours takes that these flags announce. */
const colours = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

/** Count the pictures of an animation, up to `most`. */
export function countFrames(file: Bytes, most: number): number {
  let count = 0;
  for (let at = 13 + colours(file.unsigned(10, 1)); at < file.length && count < most; ) {
    const kind = file.unsigned(at, 1);
    if (kind === TRAILER) break;
    if (kind === IMAGE) {
      count++;
      at = endOfImage(file, at);
    } else {
      at = kind === EXTENSION ? endOfBlocks(file, at + 2) : at + 1;
    }
  }
  return count;
}

export function gif(file: Bytes, traces: Set<Trace>): Parts {
  const parts: Parts = [];
  let at = 13 + colours(file.unsigned(10, 1));
  parts.push(file.slice(0, at).data);
  while (at < file.length) {
    const start = at;
    const kind = file.unsigned(at, 1);
    if (kind === TRAILER) {
      parts.push(file.data.subarray(at, at + 1));
      if (at + 1 < file.length) behind(file.slice(at + 1), traces);
      break;
    }
    if (kind === IMAGE) {
      at = endOfImage(file, at);
      parts.push(file.data.subarray(start, at));
    } else if (kind === EXTENSION) {
      at = endOfBlocks(file, at + 2);
      parts.push(...extension(file.slice(start, at), traces));
    } else if (kind === 0) {
      // Some encoders end a block twice. Browsers differ in what they do with that, so it stays.
      at++;
      parts.push(file.data.subarray(start, at));
    } else {
      throw new BrokenPicture("unknown block");
    }
  }
  return parts;
}

/** Return the parts of an extension that change how the pictures are shown: times, loops and colours. */
function extension(whole: Bytes, traces: Set<Trace>): Parts {
  const label = whole.unsigned(1, 1);
  if (label === GRAPHIC_CONTROL) return kept(whole, 2, (block) => block.length === 4, 1, traces);
  if (label === APPLICATION) {
    const name = whole.startsWith("\x0b", 2) ? whole.text(3, Math.min(11, whole.length - 3)) : "";
    // A colour profile has any number of blocks.
    if (name === "ICCRGBG1012") return [whole.data];
    if (name === "NETSCAPE2.0" || name === "ANIMEXTS1.0") return kept(whole, 14, isLoop, 2, traces);
    add(traces, name === "XMP DataXMP" ? readXmp(whole) : ["other"]);
  } else {
    traces.add(label === COMMENT || label === PLAIN_TEXT ? "text" : "other");
  }
  return [];
}

/** Say whether a block is a number of loops or a size to buffer. */
function isLoop(block: Bytes): boolean {
  return (block.length === 3 && block.startsWith("\x01")) || (block.length === 5 && block.startsWith("\x02"));
}

/** Return an extension with at most `most` of its first blocks, up to the first that is not as expected. */
function kept(
  whole: Bytes,
  start: number,
  isExpected: (block: Bytes) => boolean,
  most: number,
  traces: Set<Trace>,
): Parts {
  let at = start;
  for (let count = 0; count < most && at < whole.length; count++) {
    const end = at + 1 + whole.unsigned(at, 1);
    if (end > whole.length || !isExpected(whole.slice(at + 1, end))) break;
    at = end;
  }
  if (at + 1 === whole.length && whole.startsWith("\0", at)) return [whole.data];
  traces.add("other");
  return at > start ? [whole.data.subarray(0, at), Uint8Array.of(0)] : [];
}

function endOfImage(file: Bytes, start: number): number {
  return endOfBlocks(file, start + 10 + colours(file.unsigned(start + 9, 1)) + 1);
}

function endOfBlocks(file: Bytes, start: number): number {
  let at = start;
  // Browsers show as much of a cut-off animation as there is.
  while (at < file.length) {
    const length = file.unsigned(at, 1);
    at += 1 + length;
    if (length === 0) break;
  }
  return Math.min(at, file.length);
}
