/** How fast bytes have been leaving lately. */
export interface Pace {
  bytesPerSecond: number;
  secondsLeft: number;
}

/** A figure that changes faster can't be read. */
const STEP_MS = 500;
/** Speed over a shorter time says nothing. */
const SHORTEST_MS = 2_000;
const WINDOW_MS = 15_000;
/** When no byte has left for this long, nothing moves. */
export const STILL_MS = 4_000;

/** Returns a function to call with the bytes sent and the bytes in all, as they change. */
export function createPace(now: () => number = Date.now): (sent: number, total: number) => Pace | undefined {
  let samples: { at: number; sent: number }[] = [];
  let pace: Pace | undefined;
  return (sent, total) => {
    const at = now();
    const last = samples.at(-1);
    // An upload was cancelled, or is sent again: start to count again.
    if (last && sent < last.sent) samples = [];
    else if (last && at - last.at < STEP_MS) return pace;
    samples.push({ at, sent });
    while (samples.length > 2 && (samples[1]?.at ?? at) < at - WINDOW_MS) samples.shift();
    const first = samples[0];
    const bytesPerSecond = first && ((sent - first.sent) / (at - first.at)) * 1000;
    const known = bytesPerSecond && at - first.at >= SHORTEST_MS;
    pace = known ? { bytesPerSecond, secondsLeft: (total - sent) / bytesPerSecond } : undefined;
    return pace;
  };
}
