/** Make an element with properties and content. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]> = {},
  ...content: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...content);
  return element;
}

/** Make a button of the page's own look. */
export function makeButton(text: string, onClick: () => void, name = text): HTMLButtonElement {
  const button = make("button", { type: "button", className: "button", textContent: text });
  if (name !== text) button.ariaLabel = name;
  button.addEventListener("click", onClick);
  return button;
}
