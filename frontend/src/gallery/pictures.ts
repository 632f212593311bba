import type { SnippetSource } from "../published/snippets";

/** A picture of the album, as the page of the server has it. */
export interface Shown extends SnippetSource {
  filename: string;
  caption: string;
  /** Its place on the page. */
  item: HTMLElement;
  link: HTMLAnchorElement;
}

/** Return the pictures in the album's list, in its order. */
export function picturesIn(list: HTMLElement): readonly Shown[] {
  return [...list.querySelectorAll("li")].flatMap((item) => {
    const link = item.querySelector("a");
    const image = item.querySelector("img");
    if (!link || !image) return [];
    return {
      item,
      link,
      viewURL: link.href,
      width: Number(image.getAttribute("width")),
      height: Number(image.getAttribute("height")),
      // A caption takes the place of the name.
      filename: link.dataset.name ?? image.alt,
      caption: item.querySelector("figcaption")?.textContent ?? "",
    };
  });
}

/** Leave a quiet gap, which no key comes to, where a picture is no longer there. */
export function leaveGaps(pictures: readonly Shown[]): void {
  for (const { item } of pictures) {
    const image = item.querySelector("img");
    if (!image) continue;
    const mark = () => item.classList.toggle("gone", image.complete && image.naturalWidth === 0);
    image.addEventListener("error", mark);
    image.addEventListener("load", mark);
    // It may have failed before this script came.
    if (image.currentSrc) mark();
  }
}

export const isGone = ({ item }: Pick<Shown, "item">) => item.classList.contains("gone");
