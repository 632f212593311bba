import { type KeyboardEvent, type ReactNode, useId, useLayoutEffect, useRef, useState } from "react";
import { Button, type ButtonKind } from "./Button";
import styles from "./Menu.module.css";

export interface MenuEntry {
  label: string;
  /** Either of the two: what to do, or an address to open in a new tab. */
  onSelect?: () => void;
  href?: string;
  /** One of several, of which one is checked. */
  checked?: boolean;
  danger?: boolean;
}

interface MenuProps {
  /** The accessible name of the button. */
  name: string;
  /** Called when the menu opens, so that a closed one costs nothing. */
  entries: () => readonly MenuEntry[];
  kind?: ButtonKind;
  className?: string | undefined;
  children: ReactNode;
}

/** Pixels between the button and its menu, and between the menu and the window. */
const GAP = 4;

/**
 * A menu button: https://www.w3.org/WAI/ARIA/apg/patterns/menu-button/
 *
 * The menu is a popover, which no row cuts off, and which the browser closes on Escape and on a click elsewhere.
 */
export function Menu({ name, entries, kind = "icon", className, children }: MenuProps) {
  const [open, setOpen] = useState<"first" | "last">();
  const button = useRef<HTMLButtonElement>(null);
  /** The press on the button has closed the menu already: its click must not open it again. */
  const pressedOpen = useRef(false);
  const id = useId();
  const close = () => {
    setOpen(undefined);
    button.current?.focus();
  };
  return (
    <>
      <Button
        ref={button}
        kind={kind}
        className={className}
        aria-label={name}
        aria-haspopup="menu"
        aria-expanded={open !== undefined}
        aria-controls={open ? id : undefined}
        onPointerDown={() => {
          pressedOpen.current = open !== undefined;
        }}
        onClick={() => {
          setOpen(pressedOpen.current ? undefined : "first");
          pressedOpen.current = false;
        }}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
          event.preventDefault();
          // Where arrows move from row to row, too.
          event.stopPropagation();
          setOpen(event.key === "ArrowDown" ? "first" : "last");
        }}
      >
        {children}
      </Button>
      {open ? (
        <Popup
          id={id}
          name={name}
          anchor={button.current}
          start={open}
          entries={entries()}
          onGone={() => setOpen(undefined)}
          onClose={close}
        />
      ) : null}
    </>
  );
}

interface PopupProps {
  id: string;
  name: string;
  anchor: HTMLElement | null;
  start: "first" | "last";
  entries: readonly MenuEntry[];
  /** The browser has closed it, because a person went elsewhere. */
  onGone: () => void;
  /** A person is done with it; the focus belongs to the button. */
  onClose: () => void;
}

function Popup({ id, name, anchor, start, entries, onGone, onClose }: PopupProps) {
  const menu = useRef<HTMLDivElement>(null);
  const items = () => [...(menu.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
  // biome-ignore lint/correctness/useExhaustiveDependencies: placed once; what moves the button closes the menu
  useLayoutEffect(() => {
    const shown = menu.current;
    if (!shown || !anchor) return;
    shown.showPopover();
    const before = anchor.getBoundingClientRect();
    place(shown, before);
    const all = items();
    const checked = all.find((item) => item.ariaChecked === "true");
    (checked ?? all.at(start === "first" ? 0 : -1))?.focus({ preventScroll: true });
    // The browser tells of a scroll a moment later: it may have been over before the menu opened.
    const onScroll = () => {
      if (anchor.getBoundingClientRect().top !== before.top) onGone();
    };
    window.addEventListener("scroll", onScroll, { passive: true });
    window.addEventListener("resize", onGone, { once: true });
    return () => {
      window.removeEventListener("scroll", onScroll);
      window.removeEventListener("resize", onGone);
    };
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    // The list around it has keys of its own.
    event.stopPropagation();
    const { key } = event;
    if (key === "Escape" || key === "Tab") {
      // Tab goes on from the button.
      if (key === "Escape") event.preventDefault();
      onClose();
      return;
    }
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to =
      key === "ArrowDown"
        ? (at + 1) % all.length
        : key === "ArrowUp"
          ? (at - 1 + all.length) % all.length
          : key === "Home"
            ? 0
            : key === "End"
              ? all.length - 1
              : startingWith(key, all, at);
    if (to === undefined) return;
    event.preventDefault();
    all[to]?.focus();
  };

  return (
    <div
      ref={menu}
      id={id}
      className={styles.menu}
      role="menu"
      tabIndex={-1}
      aria-label={name}
      popover="auto"
      onToggle={(event) => {
        if (event.newState === "closed") onGone();
      }}
      onKeyDown={onKeyDown}
    >
      {entries.map(({ label, onSelect, href, checked, danger }) => {
        const common = {
          className: `${styles.item} ${danger ? styles.danger : ""}`,
          role: checked === undefined ? "menuitem" : "menuitemradio",
          "aria-checked": checked,
          tabIndex: -1,
          onClick: () => {
            // First the focus: a dialog that opens gives it back to the button.
            onClose();
            onSelect?.();
          },
        };
        return href ? (
          <a key={label} {...common} href={href} target={opensTab(href)} rel="noreferrer">
            {label}
          </a>
        ) : (
          <button key={label} type="button" {...common}>
            {label}
          </button>
        );
      })}
    </div>
  );
}

/** A mail needs no tab. */
function opensTab(href: string): string | undefined {
  return href.startsWith("mailto:") ? undefined : "_blank";
}

/** Return the next item whose label starts with a typed letter. */
function startingWith(key: string, items: readonly HTMLElement[], at: number): number | undefined {
  if (key.length !== 1 || key === " ") return undefined;
  const typed = key.toLocaleLowerCase();
  for (let step = 1; step <= items.length; step++) {
    const index = (at + step) % items.length;
    if (items[index]?.textContent?.toLocaleLowerCase().startsWith(typed)) return index;
  }
  return undefined;
}

/** Put a menu below its button, or above where there is no room; its end is the button's end if that fits. */
function place(menu: HTMLElement, button: DOMRect): void {
  const { innerHeight } = window;
  const { clientWidth } = document.documentElement;
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = button.bottom + GAP + height <= innerHeight || button.top < height + GAP;
  const rightToLeft = getComputedStyle(menu).direction === "rtl";
  const wanted = rightToLeft ? button.left : button.right - width;
  menu.style.top = `${below ? button.bottom + GAP : button.top - GAP - height}px`;
  menu.style.left = `${Math.max(GAP, Math.min(wanted, clientWidth - width - GAP))}px`;
}
