/** A value that changes, for those who only read it. */
export interface Readable<T> {
  getState(): T;
  /** Call `listener` after every change; returns a function that stops this. */
  subscribe(listener: () => void): () => void;
}

export interface Store<T> extends Readable<T> {
  /** Replace some fields. The state becomes a new object; the old one stays as it was. */
  setState(change: Partial<T>): void;
}

export function createStore<T>(state: T): Store<T> {
  const listeners = new Set<() => void>();
  return {
    getState: () => state,
    setState(change) {
      state = { ...state, ...change };
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
