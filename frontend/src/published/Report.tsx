import { createContext, useContext } from "react";
import { useMessages } from "../messages/useMessages";
import { buttonClass } from "../ui/Button";
import styles from "./Published.module.css";

/** Where people report a picture, with `{link}` in it; null if the server names no place. */
export const ReportContext = createContext<string | null>(null);

/** A quiet link by which people tell whoever runs the server about a picture. */
export function Report({ name, link }: { name: string; link: string }) {
  const { upload: words } = useMessages();
  const address = useContext(ReportContext);
  if (!address) return null;
  return (
    <a
      className={buttonClass("small", styles.report)}
      // A function: `$&` in a link would mean something else in a text.
      href={address.replace("{link}", () => encodeURIComponent(link))}
      // A mail needs no tab.
      target={address.startsWith("https:") ? "_blank" : undefined}
      rel="noreferrer"
      aria-label={words.reportOf(name)}
    >
      {words.report}
    </a>
  );
}
