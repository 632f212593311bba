import { BrokenPicture, type Bytes, type Parts } from "../bytes";
import { add, behind, readXmp, type Trace } from "../traces";

// GIF: GIF89a (15, 24, 26)

/** Loops, and colour profiles. */
const GIF_SHOWN = ["NETSCAPE2.0", "ANIMEXTS1.0", "ICCRGBG1012"];

export function gif(file: Bytes, traces: Set<Trace>): Parts {
  const colours = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  const parts: Parts = [];
  let at = 13 + colours(file.unsigned(10, 1));
  parts.push(file.slice(0, at).data);
  while (at < file.length) {
    const start = at;
    const kind = file.unsigned(at, 1);
    if (kind === 0x3b) {
      parts.push(file.data.subarray(at, at + 1));
      if (at + 1 < file.length) behind(file.slice(at + 1), traces);
      break;
    }
    if (kind === 0x2c) {
      at = gifBlocks(file, at + 10 + colours(file.unsigned(at + 9, 1)) + 1);
    } else if (kind === 0x21) {
      const label = file.unsigned(at + 1, 1);
      const application = label === 0xff ? file.text(at + 3, file.unsigned(at + 2, 1)) : "";
      at = gifBlocks(file, at + 2);
      if (label === 0xfe || (label === 0xff && !GIF_SHOWN.includes(application))) {
        if (label === 0xfe) traces.add("text");
        else if (application === "XMP DataXMP") add(traces, readXmp(file.slice(start, at)));
        else traces.add("other");
        continue;
      }
    } else if (kind === 0) {
      // Some encoders end a block twice; what each browser makes of it is its own affair.
      at++;
    } else {
      throw new BrokenPicture("unknown block");
    }
    parts.push(file.data.subarray(start, at));
  }
  return parts;
}

function gifBlocks(file: Bytes, start: number): number {
  let at = start;
  // An animation that was cut off is shown as far as it goes.
  while (at < file.length) {
    const length = file.unsigned(at, 1);
    at += 1 + length;
    if (length === 0) break;
  }
  return Math.min(at, file.length);
}
