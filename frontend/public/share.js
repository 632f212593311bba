// The service worker: takes what a phone shares with the installed page (manifest.json, share_target), keeps it
// until the page asks for it, and answers nothing else.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "POST" && new URL(url).pathname === "/share") event.respondWith(receive(event.request));
});

async function receive(request) {
  const files = (await request.formData()).getAll("pictures");
  const cache = await caches.open("shared");
  await Promise.all(
    files.map((file, index) =>
      cache.put(
        `/share/${Date.now()}-${index}`,
        new Response(file, { headers: { "X-Name": encodeURIComponent(file.name) } }),
      ),
    ),
  );
  return Response.redirect("/", 303);
}
