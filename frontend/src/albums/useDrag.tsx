import { type PointerEvent as Press, type RefObject, useRef, useState } from "react";

/** Pixels from the edge of the window where it scrolls by itself, and how far it does in a frame. */
const EDGE = 72;
const STEP = 12;

interface Drag {
  /** What is dragged. */
  dragged: string | undefined;
  start: (press: Press, id: string) => void;
}

/**
 * Let a person drag an item of a list to the place of another one, by mouse, finger or pen.
 *
 * `onOver` puts it there at once, and each time; `onDrop` is called when it is let go. Items have their id in `data-id`.
 */
export function useDrag(
  list: RefObject<HTMLElement | null>,
  onOver: (id: string, over: string) => void,
  onDrop: (id: string) => void,
): Drag {
  const [dragged, setDragged] = useState<string>();
  // Read by listeners that stay while the list is drawn anew.
  const calls = useRef({ onOver, onDrop });
  calls.current = { onOver, onDrop };

  const start = (press: Press, id: string) => {
    if (press.button !== 0 || !press.isPrimary) return;
    let { clientX: x, clientY: y } = press;
    let frame = 0;
    const settle = () => {
      const item = document.elementFromPoint(x, y)?.closest<HTMLElement>("[data-id]");
      const over = item?.parentElement === list.current ? item?.dataset.id : undefined;
      if (over && over !== id) calls.current.onOver(id, over);
    };
    const scroll = () => {
      const by = y < EDGE ? -STEP : y > window.innerHeight - EDGE ? STEP : 0;
      if (by !== 0) {
        window.scrollBy(0, by);
        settle();
      }
      frame = requestAnimationFrame(scroll);
    };
    const move = (event: PointerEvent) => {
      if (event.pointerId !== press.pointerId) return;
      ({ clientX: x, clientY: y } = event);
      settle();
    };
    const end = (event: PointerEvent) => {
      if (event.pointerId !== press.pointerId) return;
      cancelAnimationFrame(frame);
      // On the window: the browser lets go of an element that changes its place.
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", end);
      setDragged(undefined);
      calls.current.onDrop(id);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
    frame = requestAnimationFrame(scroll);
    setDragged(id);
  };
  return { dragged, start };
}
