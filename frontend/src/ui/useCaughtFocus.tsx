import { useLayoutEffect, useRef } from "react";

/**
 * Make an element catch the focus when `change` takes away what had it inside: a keyboard would be sent back to the top
 * of the page.
 */
export function useCaughtFocus<E extends HTMLElement>(change: unknown) {
  const ref = useRef<E>(null);
  const hadFocus = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the change is what makes elements go
  useLayoutEffect(() => {
    if (hadFocus.current && document.activeElement === document.body) ref.current?.focus();
  }, [change]);
  return {
    ref,
    tabIndex: -1,
    onFocus: () => {
      hadFocus.current = true;
    },
    // React reports no blur for an element that it takes away itself, so this means that a person went elsewhere.
    onBlur: () => {
      hadFocus.current = false;
    },
  };
}
