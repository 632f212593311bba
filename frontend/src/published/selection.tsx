import { type KeyboardEvent, useCallback, useMemo, useRef, useState } from "react";

export interface Selection {
  /** In the order of the list. */
  readonly ids: readonly string[];
  has(id: string): boolean;
  /** Select a picture, or no longer; with `range`, also all between it and the last one. */
  toggle(id: string, range: boolean): void;
  all(): void;
  clear(): void;
}

const NONE: ReadonlySet<string> = new Set();

/** Keep a selection among `listed` ids. What leaves the list leaves the selection. */
export function useSelection(listed: readonly string[]): Selection {
  const [chosen, setChosen] = useState(NONE);
  const last = useRef<string>(undefined);
  // Read by functions that never change: a new one would render each of hundreds of rows again.
  const now = useRef(listed);
  now.current = listed;

  const toggle = useCallback((id: string, range: boolean) => {
    const from = last.current === undefined ? -1 : now.current.indexOf(last.current);
    last.current = id;
    setChosen((before) => toggled(before, id, range && from >= 0 ? between(now.current, from, id) : []));
  }, []);
  const all = useCallback(() => setChosen(new Set(now.current)), []);
  const clear = useCallback(() => {
    last.current = undefined;
    setChosen(NONE);
  }, []);
  return useMemo(() => {
    const ids = chosen.size === 0 ? [] : listed.filter((id) => chosen.has(id));
    return { ids, has: (id) => chosen.has(id), toggle, all, clear };
  }, [chosen, listed, toggle, all, clear]);
}

function toggled(before: ReadonlySet<string>, id: string, range: readonly string[]): ReadonlySet<string> {
  const after = new Set(before);
  if (range.length > 0) for (const each of range) after.add(each);
  else if (!after.delete(id)) after.add(id);
  return after;
}

function between(ids: readonly string[], from: number, id: string): readonly string[] {
  const to = ids.indexOf(id);
  return ids.slice(Math.min(from, to), Math.max(from, to) + 1);
}

/**
 * Return what a list does with keys: arrows go from one picture to the next, with Shift they select; Ctrl or ⌘ with A
 * selects all; Escape selects none. Space is the checkbox's own.
 */
export function selectionKeys(selection: Selection): (event: KeyboardEvent<HTMLElement>) => void {
  return (event) => {
    const { key, target, currentTarget, shiftKey } = event;
    if (target instanceof Element && target.closest("textarea, input:not([type=checkbox])")) return;
    if (key === "Escape" && selection.ids.length > 0) {
      event.preventDefault();
      selection.clear();
    }
    if (key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      selection.all();
    }
    if (!(target instanceof HTMLInputElement && target.type === "checkbox")) return;
    const boxes = [...currentTarget.querySelectorAll<HTMLInputElement>("li input[type=checkbox]")];
    const next = neighbour(boxes, boxes.indexOf(target), key, getComputedStyle(target).direction === "rtl");
    if (!next) return;
    event.preventDefault();
    next.focus();
    const id = (box: HTMLElement) => box.closest<HTMLElement>("[data-id]")?.dataset.id ?? "";
    if (!shiftKey) return;
    if (!selection.has(id(target))) selection.toggle(id(target), false);
    selection.toggle(id(next), true);
  };
}

/** Return the element of rows or of a grid to which a key leads from the one at `at`. */
export function neighbour<Box extends HTMLElement>(
  boxes: readonly Box[],
  at: number,
  key: string,
  rightToLeft: boolean,
): Box | undefined {
  const forward = rightToLeft ? "ArrowLeft" : "ArrowRight";
  const back = rightToLeft ? "ArrowRight" : "ArrowLeft";
  if (key === forward) return boxes[at + 1];
  if (key === back) return boxes[at - 1];
  if (key === "Home") return boxes[0];
  if (key === "End") return boxes.at(-1);
  const columns = columnsOf(boxes);
  if (key === "ArrowDown") return boxes[at + columns];
  if (key === "ArrowUp") return boxes[at - columns];
  return undefined;
}

/** How many are beside each other: one in rows. */
function columnsOf(boxes: readonly HTMLElement[]): number {
  const top = boxes[0]?.getBoundingClientRect().top;
  const below = boxes.findIndex((box) => box.getBoundingClientRect().top !== top);
  return below > 0 ? below : 1;
}
