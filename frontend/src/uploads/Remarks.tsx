import { Later } from "../ui/Later";
import { useCaughtFocus } from "../ui/useCaughtFocus";
import styles from "./Remarks.module.css";
import type { Remark } from "./remark";

export const loadRemark = async () => (await import("./RemarkNote")).RemarkNote;

interface RemarksProps {
  remark: Remark | undefined;
  onFiles: (files: File[]) => void;
  onClose: () => void;
}

/** The place of what there is to say about what was brought in; in sight, wherever the page is scrolled to. */
export function Remarks({ remark, onFiles, onClose }: RemarksProps) {
  const caught = useCaughtFocus<HTMLDivElement>(remark);
  const note = remark ? <Later load={loadRemark} props={{ remark, onFiles, onClose }} /> : null;
  const asks = remark?.kind === "asked";
  return (
    <div className={styles.place} {...caught}>
      {/* Always rendered: screen readers may ignore a region that appears together with its text. */}
      <div role="status">{asks ? null : note}</div>
      {/* It takes the focus, and is read for that. */}
      {asks ? note : null}
    </div>
  );
}
