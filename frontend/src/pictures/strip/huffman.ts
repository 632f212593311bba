import { BrokenPicture, type Bytes } from "../bytes";

// The codes of a JPEG: ITU T.81 (Annex C, F.2.2).

/** Codes by length: the first code, how many there are, and where their values start. */
export interface Table {
  lengths: { first: number; count: number; values: number }[];
  values: Bytes;
}

export function readTables(body: Bytes, tables: Map<number, Table>): void {
  for (let at = 0; at < body.length; ) {
    const lengths = [];
    let [code, values] = [0, 0];
    for (let length = 1; length <= 16; length++) {
      const count = body.unsigned(at + length, 1);
      lengths.push({ first: code, count, values });
      code = (code + count) * 2;
      values += count;
    }
    tables.set(body.unsigned(at, 1), { lengths, values: body.slice(at + 17, at + 17 + values) });
    at += 17 + values;
  }
}

/** Reads bits (T.81, F.2.2.5). After the end, and after a marker, it reads zeros. */
export class Bits {
  /** The position after the byte that is being read. */
  at: number;
  ended = false;
  private readonly data: Uint8Array;
  private readonly end: number;
  private byte = 0;
  private left = 0;

  constructor(data: Uint8Array, start: number, end: number) {
    this.data = data;
    this.at = start;
    this.end = end;
  }

  /** Skip to the position after the next restart marker; false if there is none. */
  restart(): boolean {
    this.left = 0;
    this.ended = false;
    for (; this.at + 1 < this.end; this.at++) {
      const next = this.data[this.at + 1] as number;
      if (this.data[this.at] !== 0xff || next < 0xd0 || next > 0xd7) continue;
      this.at += 2;
      return true;
    }
    return false;
  }

  decode(table: Table | undefined): number {
    if (!table) throw new BrokenPicture("no such table");
    let code = 0;
    for (const { first, count, values } of table.lengths) {
      code = code * 2 + this.bit();
      if (code - first < count) return table.values.unsigned(values + code - first, 1);
    }
    // Decoders read an unknown code as zero.
    return 0;
  }

  receive(count: number): number {
    let number = 0;
    for (let left = count; left > 0; left--) number = number * 2 + this.bit();
    return number;
  }

  private bit(): number {
    if (this.left === 0) {
      const stuffed = this.data[this.at] === 0xff;
      if (this.at >= this.end || (stuffed && this.data[this.at + 1] !== 0)) {
        this.ended = true;
        return 0;
      }
      this.byte = this.data[this.at] as number;
      this.at += stuffed ? 2 : 1;
      this.left = 8;
    }
    this.left--;
    return (this.byte >> this.left) & 1;
  }
}
