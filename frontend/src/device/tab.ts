/** How long the document before a reload may hold on to its name. */
const PATIENCE_MS = 1_000;

/**
 * Return a name for this tab: the same before and after a reload, and different from any other tab's. A duplicated tab
 * starts with a copy of `session`, so the name in there may be taken.
 */
export async function nameTab(session: Storage | undefined): Promise<string> {
  const before = session?.getItem("tab");
  if (before && (await claim(before))) return before;
  const name = `${Date.now()}-${Math.random()}`;
  void claim(name);
  try {
    session?.setItem("tab", name);
  } catch {
    // The disk is full, or storage is forbidden: the name is lost by a reload.
  }
  return name;
}

/** The Web Lock that a tab holds for as long as it lives. */
export const lockOf = (tabName: string) => `tab ${tabName}`;

/** Whether no other tab has the name. On plain http that is unknown, and the answer is yes. */
function claim(name: string): Promise<boolean> {
  if (!("locks" in navigator)) return Promise.resolve(true);
  const patience = new AbortController();
  setTimeout(() => patience.abort(), PATIENCE_MS);
  return new Promise((resolve) => {
    const held = navigator.locks.request(lockOf(name), { signal: patience.signal }, () => {
      resolve(true);
      return new Promise(() => {}); // Until the tab is closed.
    });
    held.catch(() => resolve(false));
  });
}
