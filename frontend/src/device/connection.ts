/** Whether the browser believes that it has a network at all. */
export interface Connection {
  online(): boolean;
  /** Call `listener` on every change; returns the way to stop. */
  subscribe(listener: () => void): () => void;
}

export const browserConnection: Connection = {
  online: () => navigator.onLine,
  subscribe(listener) {
    window.addEventListener("online", listener);
    window.addEventListener("offline", listener);
    return () => {
      window.removeEventListener("online", listener);
      window.removeEventListener("offline", listener);
    };
  },
};
