import encode from "qr";
import { useMessages } from "../messages/useMessages";
import styles from "./QrCode.module.css";

/** Bytes: what the largest code holds at this correction (ISO/IEC 18004, version 40-M). */
const MOST = 2331;

/** The link as a QR code, or a sentence if it is too long for one. */
export function QrCode({ link, name }: { link: string; name: string }) {
  const { upload: words } = useMessages();
  if (new TextEncoder().encode(link).length > MOST) return <p role="status">{words.qrTooLong}</p>;
  const rows = encode(link, "raw", { ecc: "medium", border: 4 });
  const dark = rows.flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x} ${y}h1v1h-1z`] : [])));
  return (
    <svg
      className={styles.qr}
      viewBox={`0 0 ${rows.length} ${rows.length}`}
      shapeRendering="crispEdges"
      role="img"
      aria-label={words.qrOf(name)}
    >
      {/* Dark on light in a dark scheme, too: not every reader accepts inverted codes. */}
      <path fill="#fff" d={`M0 0h${rows.length}v${rows.length}H0z`} />
      <path fill="#000" d={dark.join("")} />
    </svg>
  );
}
