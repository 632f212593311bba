// The service worker takes what is shared with the installed page (manifest.json, share_target), and keeps it until a
// person answers on the page. It handles no other request. It can't tell a phone's share sheet from another site's form.
self.addEventListener("install", (event) => {
  self.skipWaiting();
  // Where browsers know routes, no other request waits for this worker, or starts it.
  event.addRoutes?.([
    { condition: { urlPattern: { pathname: "/share" } }, source: "fetch-event" },
    { condition: { urlPattern: { pathname: "/*" } }, source: "network" },
  ]);
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "POST" && new URL(url).pathname === "/share") event.respondWith(receive(event.request));
});

async function receive(request) {
  const shared = (await request.formData()).getAll("pictures").filter((part) => part instanceof File);
  const cache = await caches.open("shared");
  await Promise.all(
    shared.map((file, index) =>
      cache.put(
        `/share/${Date.now()}-${String(index).padStart(6, "0")}`,
        new Response(file, {
          headers: { "X-Name": encodeURIComponent(file.name) },
        }),
      ),
    ),
  );
  return Response.redirect("/", 303);
}
