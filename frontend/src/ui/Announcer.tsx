import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from "react";

const AnnouncerContext = createContext<(text: string) => void>(() => {});

/** Say something to screen readers, when they have finished what they are saying. */
export function useAnnounce(): (text: string) => void {
  return useContext(AnnouncerContext);
}

interface Announcement {
  id: number;
  text: string;
}

/** So many stay in the region that several in one moment are all read, and few are found by browsing to it. */
const KEPT = 4;

export function Announcer({ children }: { children: ReactNode }) {
  const [announcements, setAnnouncements] = useState<Announcement[]>([]);
  const nextId = useRef(0);
  const announce = useCallback((text: string) => {
    const id = nextId.current++;
    setAnnouncements((said) => [...said, { id, text }].slice(-KEPT));
  }, []);

  return (
    <AnnouncerContext value={announce}>
      {children}
      {/* Each is an element of its own: only an addition is read, and the same words twice are two additions. */}
      <div role="status" aria-atomic="false" aria-relevant="additions" className="visually-hidden">
        {announcements.map(({ id, text }) => (
          <p key={id}>{text}</p>
        ))}
      </div>
    </AnnouncerContext>
  );
}
