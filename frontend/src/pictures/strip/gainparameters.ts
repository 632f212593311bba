import { ascii, type Bytes, concatenate, type Parts } from "../bytes";
import { numbers } from "./boxes";

// The numbers that say how a gain map is applied, as Ultra HDR 1.1 (XMP) and ISO 21496-1 (Annex C) have them.

export const XMP = "http://ns.adobe.com/xap/1.0/\0";
export const ISO = "urn:iso:std:iso:ts:21496:-1\0";
export const HDRGM = "http://ns.adobe.com/hdr-gain-map/1.0/";

/** Ultra HDR 1.1, "HDR gain map metadata": numbers, one for all channels or one for each. */
const NAMES = [
  "GainMapMin",
  "GainMapMax",
  "Gamma",
  "OffsetSDR",
  "OffsetHDR",
  "HDRCapacityMin",
  "HDRCapacityMax",
];
const NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i;

const NAMESPACE = HDRGM.replaceAll(".", "\\.");

/** Read the numbers of an XMP packet, and write them as a segment; none where they are no numbers. */
export function xmpParameters(packet: string): Parts {
  const prefix = new RegExp(`xmlns:([\\w-]+)\\s*=\\s*["']${NAMESPACE}["']`).exec(packet)?.[1];
  if (!prefix) return [];
  const values = (name: string): string[] => {
    const attribute = new RegExp(`\\s${prefix}:${name}\\s*=\\s*(["'])(.*?)\\1`).exec(packet)?.[2];
    if (attribute !== undefined) return [attribute.trim()];
    // One expression for both ends would search the whole packet behind each start.
    const start = new RegExp(`<${prefix}:${name}\\s*>`).exec(packet);
    const inside = packet.slice((start?.index ?? 0) + (start?.[0].length ?? 0));
    const end = new RegExp(`</${prefix}:${name}\\s*>`).exec(inside);
    if (!start || !end) return [];
    const element = inside.slice(0, end.index);
    const items = [...element.matchAll(/<rdf:li\s*>([^<]*)<\/rdf:li\s*>/g)].map(([, item]) =>
      (item as string).trim(),
    );
    return items.length > 0 ? items : [element.trim()];
  };
  const [version] = values("Version");
  if (!version || !NUMBER.test(version)) return [];
  const attributes = [`hdrgm:Version="${version}"`];
  const elements: string[] = [];
  for (const name of NAMES) {
    const found = values(name);
    if (!found.every((value) => NUMBER.test(value))) return [];
    if (found.length === 1) attributes.push(`hdrgm:${name}="${found[0]}"`);
    if (found.length === 3) {
      const items = found.map((value) => `<rdf:li>${value}</rdf:li>`).join("");
      elements.push(`<hdrgm:${name}><rdf:Seq>${items}</rdf:Seq></hdrgm:${name}>`);
    }
  }
  const [isHdr] = values("BaseRenditionIsHDR");
  if (isHdr && /^(true|false)$/i.test(isHdr)) attributes.push(`hdrgm:BaseRenditionIsHDR="${isHdr}"`);
  // A version only says that there is a gain map.
  if (attributes.length + elements.length === 1) return [];
  return [segment(0xe1, XMP, ascii(description("", attributes.join(" "), elements.join(""))))];
}

/** ISO 21496-1 (C.2.2): versions, flags, two headrooms, and for one channel or three five fractions each. */
export function isoParameters(body: Bytes): Parts {
  if (body.length < 5) return [];
  const flags = body.unsigned(4, 1);
  const channels = flags & 0x80 ? 3 : 1;
  // One denominator for all numbers, or one for each.
  const length = flags & 0x08 ? 5 + 4 + 2 * 4 + channels * 5 * 4 : 5 + 2 * 8 + channels * 5 * 8;
  return body.length < length ? [] : [segment(0xe2, ISO, body.slice(0, length).data)];
}

/** Write a segment of a JPEG: its marker, its length, its name and its body. */
export function segment(marker: number, name: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatenate([
    numbers(1, [0xff, marker]),
    numbers(2, [2 + name.length + body.length]),
    ascii(name),
    body,
  ]);
}

function description(namespaces: string, attributes: string, elements: string): string {
  return (
    `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
    `<rdf:Description rdf:about="" xmlns:hdrgm="${HDRGM}"${namespaces} ${attributes}>${elements}</rdf:Description>` +
    "</rdf:RDF></x:xmpmeta>"
  );
}

/** Ultra HDR 1.1, "GContainer": which pictures there are. */
export function directory(length: number): string {
  const google = "http://ns.google.com/photos/1.0/container/";
  const item = (attributes: string) =>
    `<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/jpeg" ${attributes}/></rdf:li>`;
  return description(
    ` xmlns:Container="${google}" xmlns:Item="${google}item/"`,
    'hdrgm:Version="1.0"',
    `<Container:Directory><rdf:Seq>${item('Item:Semantic="Primary"')}` +
      `${item(`Item:Semantic="GainMap" Item:Length="${length}"`)}</rdf:Seq></Container:Directory>`,
  );
}
