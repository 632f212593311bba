/** How a person at this device pastes: by Ctrl+V, by ⌘V, or not by keys, because there is only a touch screen. */
export type Hands = "ctrl" | "command" | "touch";

export function handsOf(view: Window): Hands {
  if (view.matchMedia?.("(hover: none) and (pointer: coarse)").matches) return "touch";
  return /^(Mac|iP)/.test(view.navigator.platform) ? "command" : "ctrl";
}

/** Whether a file input can open the camera: the browsers of phones and tablets have this attribute, no others. */
export function opensCamera(): boolean {
  return "capture" in HTMLInputElement.prototype;
}
