import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from "react";

const AnnouncerContext = createContext<(text: string) => void>(() => {});

/** Return a function that makes screen readers say something after what they are saying. */
export function useAnnounce(): (text: string) => void {
  return useContext(AnnouncerContext);
}

interface Announcement {
  id: number;
  text: string;
}

/** Enough that several announcements at once are all read, and few are left for a person who browses there. */
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
