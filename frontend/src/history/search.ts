import type { KeptPicture } from "../device/database";

/** Find the pictures whose name contains every word of `query`, whatever its case and accents. */
export function search(pictures: readonly KeptPicture[], query: string): readonly KeptPicture[] {
  const words = fold(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return pictures;
  return pictures.filter(({ name, filename }) => {
    const text = fold(`${name} ${filename ?? ""}`);
    return words.every((word) => text.includes(word));
  });
}

/** Drop accents and case: "ete" finds "Été". */
function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
