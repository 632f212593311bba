/** Free the URL of a blob. An image that is still loading it stops first: the browser would complain. */
export function release(url: string, frame: Element | null): void {
  frame?.querySelector("img")?.removeAttribute("src");
  URL.revokeObjectURL(url);
}
