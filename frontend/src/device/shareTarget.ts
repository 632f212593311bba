/** Let other apps share pictures with the installed page. */
export async function acceptShares(): Promise<void> {
  try {
    await navigator.serviceWorker.register("/share.js");
  } catch {
    // On plain http or in a private window there is no sharing.
  }
}

/** Open the cache in which public/share.js keeps shared pictures; undefined if there are none. */
export async function openShared(): Promise<Cache | undefined> {
  try {
    if (!(await caches.has("shared"))) return undefined;
    const cache = await caches.open("shared");
    return (await cache.keys()).length > 0 ? cache : undefined;
  } catch {
    // Plain http, or the browser stores nothing for this site.
    return undefined;
  }
}
