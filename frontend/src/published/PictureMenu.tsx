import { useContext, useState } from "react";
import type { Problem } from "../api/problem";
import { useMessages } from "../messages/useMessages";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { MoreIcon } from "../ui/icons";
import { Later } from "../ui/Later";
import { Menu, type MenuEntry } from "../ui/Menu";
import { useCopy } from "../ui/useCopy";
import { ByHand } from "./ByHand";
import { DeleteQuestion } from "./DeleteQuestion";
import styles from "./PictureMenu.module.css";
import { ReportContext, reportAddress } from "./Report";

export type Deletion = "none" | "running" | Problem;

interface PictureMenuProps {
  name: string;
  /** Undefined while the picture is not published. */
  picture?: { viewURL: string; deleteURL: string } | undefined;
  /** Delete the picture from the server; a person has confirmed that. */
  onDelete?: (() => void) | undefined;
  /** Take the row off the list. */
  onHide?: (() => void) | undefined;
  /** Further entries, above all others. */
  entries?: () => readonly MenuEntry[];
}

export const loadQrCode = async () => (await import("./QrCode")).QrCode;

/** The rest of what can be done with a picture, behind "⋯". */
export function PictureMenu({ name, picture, onDelete, onHide, entries }: PictureMenuProps) {
  const messages = useMessages();
  const words = messages.upload;
  const report = useContext(ReportContext);
  const [shows, setShows] = useState<"qr" | "question">();
  const [byHand, setByHand] = useState<string>();
  const { copy } = useCopy(setByHand);
  const close = () => setShows(undefined);

  const all = (): MenuEntry[] => {
    const list: MenuEntry[] = [...(entries?.() ?? [])];
    if (picture) {
      const link = picture.viewURL;
      list.push({ label: words.open, href: link });
      if ("share" in navigator) list.push({ label: words.share, onSelect: () => void share(link) });
      list.push({ label: words.qr, onSelect: () => setShows("qr") });
      const { deleteURL } = picture;
      list.push({ label: words.copyDelete, onSelect: () => void copy(deleteURL, words.deleteLink) });
      if (report) list.push({ label: words.report, href: reportAddress(report, link) });
    }
    if (onHide) list.push({ label: words.hide, onSelect: onHide });
    if (onDelete) list.push({ label: words.delete, onSelect: () => setShows("question"), danger: true });
    return list;
  };
  return (
    <>
      <Menu name={words.moreOf(name)} entries={all} className={styles.more}>
        <MoreIcon />
      </Menu>
      {shows === "qr" && picture ? (
        <Dialog label={words.qrOf(name)} onClose={close}>
          <Later load={loadQrCode} props={{ link: picture.viewURL, name }} />
          <Button onClick={close}>{messages.copy.close}</Button>
        </Dialog>
      ) : null}
      {shows === "question" && onDelete ? (
        <DeleteQuestion name={name} onYes={onDelete} onClose={close} />
      ) : null}
      {byHand === undefined ? null : <ByHand text={byHand} onClose={() => setByHand(undefined)} />}
    </>
  );
}

/** The promise rejects even if a person just closes the system's sheet; there is nothing to report. */
export async function share(url: string): Promise<void> {
  await navigator.share({ url }).catch(() => undefined);
}
