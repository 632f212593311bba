import { useLayoutEffect, useRef } from "react";

/**
 * Move the focus to an element when `change` removes the focused element inside it. Otherwise a keyboard user would be
 * sent back to the top of the page.
 */
export function useCaughtFocus<E extends HTMLElement>(change: unknown) {
  const ref = useRef<E>(null);
  const hadFocus = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the change removes the elements
  useLayoutEffect(() => {
    if (hadFocus.current && document.activeElement === document.body) ref.current?.focus();
  }, [change]);
  return {
    ref,
    tabIndex: -1,
    onFocus: () => {
      hadFocus.current = true;
    },
    // React reports no blur for an element that it removes, so a blur means that a person went elsewhere.
    onBlur: () => {
      hadFocus.current = false;
    },
  };
}
