/** How long the document before a reload may take to let go of its name. */
const PATIENCE_MS = 1_000;

/**
 * Return a name for this tab: the same before and after a reload, and another than any other tab's, though one that
 * was duplicated comes with all that its original keeps in `session`.
 */
export async function nameTab(session: Storage | undefined): Promise<string> {
  const before = session?.getItem("tab");
  if (before && (await claim(before))) return before;
  const name = `${Date.now()}-${Math.random()}`;
  void claim(name);
  try {
    session?.setItem("tab", name);
  } catch {
    // Full, or forbidden: then it does not outlive a reload.
  }
  return name;
}

/** Whether no other tab goes by that name; on plain http no one can tell. */
function claim(name: string): Promise<boolean> {
  if (!("locks" in navigator)) return Promise.resolve(true);
  const patience = new AbortController();
  setTimeout(() => patience.abort(), PATIENCE_MS);
  return new Promise((resolve) => {
    const held = navigator.locks.request(`tab ${name}`, { signal: patience.signal }, () => {
      resolve(true);
      return new Promise(() => {}); // Until the tab is closed.
    });
    held.catch(() => resolve(false));
  });
}
