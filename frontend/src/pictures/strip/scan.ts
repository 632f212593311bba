import { BrokenPicture, type Bytes } from "../bytes";
import { Bits, readTables, type Table } from "./huffman";

// Find where the data of a JPEG's last scan end if no marker says so: ITU T.81 (B.2, F.2, G.1, G.2). The codes are read
// only for their lengths; no pixel is decoded.

/** A segment of a JPEG. A scan's data are between `data` and `end`, after its header. */
export interface Segment {
  marker: number;
  body: Bytes;
  start: number;
  data: number;
  end: number;
}

export const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xc2;
export const isScan = (marker: number) => marker === 0xda;
const PROGRESSIVE = 0xc2;
const TABLES = 0xc4;
const INTERVAL = 0xdd;

/** More coefficients than any accepted picture has; a false size must not use up the memory. */
const MAX_COEFFICIENTS = 2 ** 28;

interface Component {
  across: number;
  down: number;
  h: number;
  v: number;
}

interface Frame {
  progressive: boolean;
  width: number;
  height: number;
  components: Map<number, Component>;
}

interface Scan {
  segment: Segment;
  components: { id: number; dc: Table | undefined; ac: Table | undefined }[];
  interval: number;
  first: number;
  last: number;
  refines: boolean;
}

/** Return where the last scan is complete; undefined if its data end too early. */
export function endOfData(file: Bytes, segments: readonly Segment[]): number | undefined {
  const { frame, scans } = understand(segments);
  const last = scans.at(-1);
  if (!last) throw new BrokenPicture("no scan");
  // A refining scan depends on the scans before it. No other scan does.
  const refined = frame.progressive && last.refines && last.first > 0 ? last.components[0]?.id : undefined;
  const known = refined === undefined ? undefined : coefficients(frame, refined);
  const before = scans.slice(0, -1).filter((scan) => scan.first > 0 && scan.components[0]?.id === refined);
  for (const scan of known ? before : []) walk(file, frame, scan, known);
  return walk(file, frame, last, known);
}

function understand(segments: readonly Segment[]): { frame: Frame; scans: Scan[] } {
  let frame: Frame | undefined;
  const tables = new Map<number, Table>();
  let interval = 0;
  const scans: Scan[] = [];
  for (const segment of segments) {
    const { marker, body } = segment;
    if (isFrame(marker)) frame = readFrame(marker, body);
    else if (marker === TABLES) readTables(body, tables);
    else if (marker === INTERVAL) interval = body.unsigned(0, 2);
    else if (isScan(marker)) scans.push(readScan(segment, tables, interval));
  }
  if (!frame) throw new BrokenPicture("no frame");
  return { frame, scans };
}

function readFrame(marker: number, body: Bytes): Frame {
  const components = new Map<number, Component>();
  const [height, width] = [body.unsigned(1, 2), body.unsigned(3, 2)];
  for (let at = 6; at < body.length; at += 3) {
    const sampling = body.unsigned(at + 1, 1);
    components.set(body.unsigned(at, 1), { h: sampling >> 4, v: sampling & 15, across: 0, down: 0 });
  }
  const [h, v] = largest(components);
  for (const component of components.values()) {
    component.across = Math.ceil(Math.ceil((width * component.h) / h) / 8);
    component.down = Math.ceil(Math.ceil((height * component.v) / v) / 8);
  }
  return { progressive: marker === PROGRESSIVE, width, height, components };
}

function largest(components: Map<number, Component>): [h: number, v: number] {
  const all = [...components.values()];
  return [Math.max(...all.map(({ h }) => h)), Math.max(...all.map(({ v }) => v))];
}

function readScan(segment: Segment, tables: Map<number, Table>, interval: number): Scan {
  const { body } = segment;
  const count = body.unsigned(0, 1);
  const components = Array.from({ length: count }, (_, index) => {
    const chosen = body.unsigned(2 + 2 * index, 1);
    return {
      id: body.unsigned(1 + 2 * index, 1),
      dc: tables.get(chosen >> 4),
      ac: tables.get(0x10 | (chosen & 15)),
    };
  });
  const [first, last] = [body.unsigned(1 + 2 * count, 1), body.unsigned(2 + 2 * count, 1)];
  return { segment, components, interval, first, last, refines: body.unsigned(3 + 2 * count, 1) >> 4 > 0 };
}

/** A byte for each coefficient of a component: whether it is known not to be zero. */
function coefficients({ components }: Frame, id: number): Uint8Array {
  const { across, down } = components.get(id) ?? { across: 0, down: 0 };
  if (across * down * 64 > MAX_COEFFICIENTS) throw new BrokenPicture("too large");
  return new Uint8Array(across * down * 64);
}

/** Read a scan, and return where its data end; undefined if there are too few. */
function walk(file: Bytes, frame: Frame, scan: Scan, known: Uint8Array | undefined): number | undefined {
  const bits = new Bits(file.data, scan.segment.data, scan.segment.end);
  const block = frame.progressive ? progressive(bits, scan, known) : sequential(bits);
  const parts = scan.components.map(({ id, dc, ac }) => {
    const component = frame.components.get(id);
    if (!component) throw new BrokenPicture("no such component");
    return { dc, ac, ...component };
  });
  const alone = parts.length === 1 ? parts[0] : undefined;
  const [h, v] = largest(frame.components);
  const [across, down] = [Math.ceil(frame.width / 8 / h), Math.ceil(frame.height / 8 / v)];
  const units = alone ? alone.across * alone.down : across * down;
  for (let unit = 0; unit < units; unit++) {
    if (scan.interval > 0 && unit > 0 && unit % scan.interval === 0) {
      if (!bits.restart()) return undefined;
      block.restart();
    }
    if (bits.ended && scan.interval === 0) return undefined;
    for (const { dc, ac, h, v } of parts) {
      for (let count = alone ? 1 : h * v; count > 0; count--) block.read(dc, ac, unit);
    }
  }
  return bits.ended ? undefined : bits.at;
}

interface Block {
  read(dc: Table | undefined, ac: Table | undefined, number: number): void;
  restart(): void;
}

/** T.81, F.2.2. */
function sequential(bits: Bits): Block {
  return {
    restart() {},
    read(dc, ac) {
      bits.receive(bits.decode(dc));
      for (let k = 1; k < 64; k++) {
        const value = bits.decode(ac);
        if (value === 0) return;
        k += value >> 4;
        bits.receive(value & 15);
      }
    },
  };
}

/** T.81, G.1.2 and G.2. */
function progressive(bits: Bits, { first, last, refines }: Scan, known: Uint8Array | undefined): Block {
  /** How many of the next blocks have nothing new in them. */
  let empty = 0;

  function begin(ac: Table | undefined, start: number) {
    if (empty > 0) {
      empty--;
      return;
    }
    for (let k = first; k <= last; k++) {
      const value = bits.decode(ac);
      const [run, size] = [value >> 4, value & 15];
      if (size === 0 && run < 15) {
        empty = 2 ** run + bits.receive(run) - 1;
        return;
      }
      k += run;
      bits.receive(size);
      if (size > 0 && known && k <= last) known[start + k] = 1;
    }
  }

  function refine(ac: Table | undefined, start: number) {
    let k = first;
    for (; empty === 0 && k <= last; k++) {
      const value = bits.decode(ac);
      let run = value >> 4;
      const appears = (value & 15) > 0;
      if (appears) bits.receive(1);
      else if (run < 15) {
        empty = 2 ** run + bits.receive(run);
        break;
      }
      // Coefficients that are already known get one more bit each, and are not counted.
      for (; k <= last; k++) {
        if (known?.[start + k]) bits.receive(1);
        else if (run-- === 0) break;
      }
      if (appears && known && k <= last) known[start + k] = 1;
    }
    if (empty === 0) return;
    for (; k <= last; k++) if (known?.[start + k]) bits.receive(1);
    empty--;
  }

  return {
    restart() {
      empty = 0;
    },
    read(dc, ac, number) {
      if (first === 0) bits.receive(refines ? 1 : bits.decode(dc));
      else if (refines) refine(ac, number * 64);
      else begin(ac, number * 64);
    },
  };
}
