import { createContext, useContext } from "react";
import { useMessages } from "../messages/useMessages";
import { buttonClass } from "../ui/Button";

/** Where people report a picture, with `{link}` in it; null if the server names no place. */
export const ReportContext = createContext<string | null>(null);

/** Return the address at which to report the picture at `link`. */
export function reportAddress(template: string, link: string): string {
  // A function: `$&` in a link would mean something else in a text.
  return template.replace("{link}", () => encodeURIComponent(link));
}

/** A quiet link by which people tell whoever runs the server about a picture. */
export function Report({ name, link }: { name: string; link: string }) {
  const { upload: words } = useMessages();
  const address = useContext(ReportContext);
  if (!address) return null;
  return (
    <a
      className={buttonClass("quiet")}
      href={reportAddress(address, link)}
      // A mail needs no tab.
      target={address.startsWith("https:") ? "_blank" : undefined}
      rel="noreferrer"
      aria-label={words.reportOf(name)}
    >
      {words.report}
    </a>
  );
}
