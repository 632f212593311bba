import { memo } from "react";
import type { KeptPicture } from "../device/database";
import { explain } from "../messages/explain";
import { regional, typeName } from "../messages/format";
import { historyWords } from "../messages/history";
import { useMessages, useWords } from "../messages/useMessages";
import { CopyWithFormat } from "../published/CopyWithFormat";
import { type Deletion, PictureMenu } from "../published/PictureMenu";
import { LinkLine, PictureRow } from "../published/PictureRow";
import { useCaughtFocus } from "../ui/useCaughtFocus";

interface HistoryRowProps {
  kept: KeptPicture;
  deletion: Deletion | "done";
  /** By the server's time. */
  isExpired: boolean;
  selected: boolean;
  onSelect: (id: string, range: boolean) => void;
  /** Delete the picture from the server and from the history. */
  onDelete: (kept: KeptPicture) => void;
}

export const HistoryRow = memo(function HistoryRow(props: HistoryRowProps) {
  const { kept, deletion, isExpired, selected, onSelect, onDelete } = props;
  const messages = useMessages();
  const { expired } = useWords(historyWords);
  const words = messages.upload;
  const name = kept.name || words.unnamed;
  const gone = deletion === "done";
  const caught = useCaughtFocus<HTMLLIElement>(deletion);
  const time = new Date(kept.publishedAt).toLocaleTimeString(regional(messages.tag), { timeStyle: "short" });
  return (
    <PictureRow
      id={kept.uploadId}
      name={name}
      picture={kept.thumbnail ?? kept.viewURL}
      {...(gone ? {} : { selected, onSelect })}
      {...caught}
      status={deletion === "running" ? words.deleting : !gone && isExpired ? expired : undefined}
      facts={
        <>
          <span>{time}</span>
          <span>{messages.bytes(kept.size)}</span>
          <span>{typeName(kept.contentType)}</span>
          <span>{words.dimensions(kept.width, kept.height)}</span>
          {kept.expiresAt && !isExpired ? <span>{words.expires(kept.expiresAt)}</span> : null}
        </>
      }
      line={gone ? undefined : <LinkLine href={kept.viewURL} />}
      note={
        gone
          ? words.deleted
          : typeof deletion === "object"
            ? words.deleteFailed(explain(deletion, messages))
            : undefined
      }
      actions={
        gone ? undefined : (
          <>
            <CopyWithFormat size="small" of={name} pictures={() => [kept]} />
            <PictureMenu
              name={name}
              picture={kept}
              onDelete={deletion === "running" ? undefined : () => onDelete(kept)}
            />
          </>
        )
      }
    />
  );
});
