import { lockOf } from "./tab";

/** The other tabs of this browser that show this site. */
export interface OtherTabs {
  /** Return the names of all tabs that live, this one's as well; undefined where the browser does not tell (plain http). */
  living(): Promise<ReadonlySet<string> | undefined>;
  /** Do `work` while no tab has the name, and keep tabs from taking it meanwhile; nothing is done if one has it. */
  whileGone<T>(tabName: string, work: () => Promise<T>): Promise<T | undefined>;
}

export const otherTabs: OtherTabs = {
  async living() {
    try {
      if (!("locks" in navigator)) return undefined;
      const { held = [], pending = [] } = await navigator.locks.query();
      // A tab that is being reloaded waits for its name.
      return new Set([...held, ...pending].map(({ name }) => name?.slice(lockOf("").length) ?? ""));
    } catch {
      // Storage is forbidden.
      return undefined;
    }
  },
  async whileGone<T>(tabName: string, work: () => Promise<T>) {
    if (!("locks" in navigator)) return work();
    return navigator.locks.request(lockOf(tabName), { ifAvailable: true }, (lock) =>
      lock ? work() : undefined,
    ) as Promise<T | undefined>;
  },
};
