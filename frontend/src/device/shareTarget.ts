/** Have the browser hand over what other apps share with the installed page. */
export async function acceptShares(): Promise<void> {
  try {
    await navigator.serviceWorker.register("/share.js");
  } catch {
    // Plain http, a private window: sharing is then not offered.
  }
}

/** Where public/share.js keeps what was shared; undefined where nothing waits for an answer. */
export async function openShared(): Promise<Cache | undefined> {
  try {
    if (!(await caches.has("shared"))) return undefined;
    const cache = await caches.open("shared");
    return (await cache.keys()).length > 0 ? cache : undefined;
  } catch {
    // Plain http, or the browser keeps nothing for this site.
    return undefined;
  }
}
