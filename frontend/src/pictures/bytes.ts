/** The file breaks the rules of its format. */
export class BrokenPicture extends Error {}

/** No browser shows this kind of picture. */
export class NotShown extends Error {}

/** Reads numbers and text of a file. Reading past its end throws BrokenPicture. */
export class Bytes {
  readonly data: Uint8Array<ArrayBuffer>;
  private readonly view: DataView;

  constructor(data: Uint8Array<ArrayBuffer>) {
    this.data = data;
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  get length(): number {
    return this.data.length;
  }

  unsigned(at: number, size: 1 | 2 | 4, littleEndian = false): number {
    this.within(at, size);
    if (size === 1) return this.view.getUint8(at);
    return size === 2 ? this.view.getUint16(at, littleEndian) : this.view.getUint32(at, littleEndian);
  }

  /** Big-endian, of any number of bytes; not exact above 2^53, which is beyond any file. */
  long(at: number, size: number): number {
    this.within(at, size);
    return this.data.subarray(at, at + size).reduce((number, byte) => number * 256 + byte, 0);
  }

  /** Latin-1: each byte a character. */
  text(at: number, length: number): string {
    this.within(at, length);
    return latin1(this.data.subarray(at, at + length));
  }

  startsWith(text: string, at = 0): boolean {
    return at + text.length <= this.length && this.text(at, text.length) === text;
  }

  slice(start: number, end = this.length): Bytes {
    this.within(start, end - start);
    return new Bytes(this.data.subarray(start, end));
  }

  private within(at: number, size: number): void {
    if (at < 0 || size < 0 || at + size > this.length) throw new BrokenPicture("cut off");
  }
}

/** A picture as consecutive parts; most are views of the original, so nothing is copied. */
export type Parts = Uint8Array<ArrayBuffer>[];

export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}

export function ascii(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
