import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { App } from "./App";
import type { Api } from "./api/client";
import { browserConnection } from "./device/connection";
import { createServerClock } from "./device/serverClock";
import { createSettings, DEFAULT_SETTINGS } from "./device/settings";
import { DatabaseKeeper } from "./engine/keeper";
import { createLimits, DEFAULT_LIMITS, type LimitsState } from "./engine/limits";
import { UploadQueue } from "./engine/queue";
import type { Unkept } from "./history/record";
import { createStore } from "./store";

test("an error in a view leaves the rest of the page, says so, and offers another try", async () => {
  const api = { limits: async () => DEFAULT_LIMITS } as unknown as Api;
  const queue = new UploadQueue({
    api,
    put: async () => ({ status: 200, sentAll: true, begun: true, retryAfter: undefined }),
    inspect: async () => ({ ok: true, contentType: "image/png" }),
    prepare: async (file, contentType) => ({
      ok: true,
      prepared: { body: file, contentType, removed: [], sha256: undefined },
    }),
    options: () => DEFAULT_SETTINGS,
    keeper: new DatabaseKeeper(async () => undefined, Promise.resolve("tab")),
    connection: browserConnection,
    page: "https://page.test",
  });
  // No real server has such limits.
  const broken = { limits: {}, status: "known" } as unknown as LimitsState;
  const errors: unknown[] = [];
  render(
    <App
      api={api}
      clock={createServerClock()}
      limits={Object.assign(createLimits(api), { getState: () => broken })}
      openDatabase={async () => undefined}
      queue={queue}
      settings={createSettings(undefined)}
      tabName={Promise.resolve("tab")}
      unkept={{ ...createStore<Unkept>({ blocked: false, pictures: [] }), forget: () => {} }}
      path="/"
    />,
    { onCaughtError: (error) => errors.push(error) },
  );
  expect((await screen.findByRole("alert")).textContent).toContain("Something went wrong on this page.");
  expect(screen.getByRole("button", { name: "Try again" })).toBeTruthy();
  expect(screen.getByRole("link", { name: "History" })).toBeTruthy();
  expect(errors).toHaveLength(1);
});
