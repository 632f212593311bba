/** What Swagger UI leaves out for those who use no mouse or see no page: names, levels, and a way to scroll. */
const ATTRIBUTES: [selector: string, name: string, value: (found: Element) => string][] = [
  [".information-container", "role", () => "banner"],
  ["h3.opblock-tag, .models > h4", "aria-level", () => "2"],
  ["h4.opblock-title", "aria-level", () => "3"],
  ["select.examples-select-element", "aria-label", () => "Example"],
  ["pre.microlight, .curl", "tabindex", () => "0"],
  ["table[role=region]", "aria-label", ({ id }) => id.replaceAll("_", " ")],
];

/** Add these to everything below `root`, now and whenever it changes. */
export function describe(root: Element): void {
  new MutationObserver(() => {
    for (const [selector, name, value] of ATTRIBUTES)
      for (const found of root.querySelectorAll(`:is(${selector}):not([${name}])`))
        found.setAttribute(name, value(found));
    // A link inside of a button. The button opens the call, and the address follows it.
    for (const link of root.querySelectorAll("button a[href]")) link.removeAttribute("href");
  }).observe(root, { childList: true, subtree: true });
}
