/** Have the browser hand over what other apps share with the installed page. */
export async function acceptShares(): Promise<void> {
  try {
    await navigator.serviceWorker.register("/share.js");
  } catch {
    // Plain http, a private window: sharing is then not offered.
  }
}

/** Take what was shared (public/share.js keeps it), in its order; each file is given once. */
export async function takeShared(): Promise<File[]> {
  if (!("caches" in globalThis) || !(await caches.has("shared"))) return [];
  const cache = await caches.open("shared");
  const files: File[] = [];
  for (const request of await cache.keys()) {
    const response = await cache.match(request);
    // Another tab may have taken it.
    if (!response || !(await cache.delete(request))) continue;
    const body = await response.blob();
    const name = decodeURIComponent(response.headers.get("X-Name") ?? "");
    files.push(new File([body], name, { type: body.type }));
  }
  return files;
}
