import { useEffect, useState, useSyncExternalStore } from "react";
import type { UploadQueue } from "../engine/queue";
import type { Upload } from "../engine/upload";
import { type ListWords, listWords } from "../messages/list";
import { useMessages, useWords } from "../messages/useMessages";
import { Button } from "../ui/Button";
import { standstill } from "./filters";
import styles from "./ListHead.module.css";
import { createPace, type Pace, STILL_MS } from "./pace";
import { summarize } from "./summary";
import { useOnline } from "./useUploads";

/** How fast it goes, or why it does not; of several, in one place. */
export function Pacing({ uploads, queue }: { uploads: readonly Upload[]; queue: UploadQueue }) {
  const { upload } = useMessages();
  const words = useWords(listWords);
  const online = useOnline();
  const paused = usePaused(queue);
  const pace = usePace(uploads);
  const waits = online ? standstill(uploads) : "offline";
  let text: string | undefined;
  if (paused) text = words.paused;
  else if (waits) text = upload.waiting[waits];
  else if (pace) text = `${words.pace(pace.bytesPerSecond)} · ${timeLeft(pace.secondsLeft, words)}`;
  return (
    <div className={styles.pace}>
      <span>{text}</span>
      <Button kind="small" onClick={() => (paused ? queue.resume() : queue.pause())}>
        {paused ? words.resume : words.pause}
      </Button>
    </div>
  );
}

function timeLeft(seconds: number, words: ListWords): string {
  if (seconds < 60) return words.secondsLeft(Math.max(1, Math.round(seconds)));
  return words.minutesLeft(Math.round(seconds / 60));
}

function usePaused(queue: UploadQueue): boolean {
  return useSyncExternalStore(queue.subscribe, () => queue.getState().paused);
}

/** Measure how fast the uploads are sent; undefined while that is unknown, and when nothing moves. */
function usePace(uploads: readonly Upload[]): Pace | undefined {
  const [measure] = useState(() => createPace());
  const [pace, setPace] = useState<Pace>();
  const { sentBytes, totalBytes, underWay } = summarize(uploads);
  useEffect(() => {
    const measured = measure(sentBytes, totalBytes);
    setPace(underWay > 0 ? measured : undefined);
    const timer = setTimeout(() => setPace(undefined), STILL_MS);
    return () => clearTimeout(timer);
  }, [sentBytes, totalBytes, underWay, measure]);
  return pace;
}
