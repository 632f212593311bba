import { memo, useState } from "react";
import { type Problem, problemOf } from "../api/problem";
import type { KeptPicture } from "../device/database";
import { typeName } from "../messages/format";
import { historyWords } from "../messages/history";
import { useMessages, useWords } from "../messages/useMessages";
import { PictureRow } from "../published/PictureRow";
import { Published } from "../published/Published";
import { useAnnounce } from "../ui/Announcer";
import { useCaughtFocus } from "../ui/useCaughtFocus";

interface HistoryRowProps {
  kept: KeptPicture;
  /** Delete the picture from the server and from the history. */
  onDelete(kept: KeptPicture): Promise<void>;
}

export const HistoryRow = memo(function HistoryRow({ kept, onDelete }: HistoryRowProps) {
  const messages = useMessages();
  const announce = useAnnounce();
  const { expired } = useWords(historyWords);
  const words = messages.upload;
  const [deletion, setDeletion] = useState<"none" | "running" | "done" | Problem>("none");
  const name = kept.name || words.unnamed;
  const caught = useCaughtFocus<HTMLLIElement>(deletion);

  const remove = async () => {
    setDeletion("running");
    try {
      await onDelete(kept);
      setDeletion("done");
      announce(messages.announce.deleted(name));
    } catch (error) {
      setDeletion(problemOf(error));
    }
  };

  const isExpired = kept.expiresAt && Date.parse(kept.expiresAt) < Date.now();
  return (
    <PictureRow
      name={name}
      nameId={`kept-${kept.uploadId}`}
      picture={kept.thumbnail ?? kept.viewURL}
      {...caught}
      facts={
        <>
          <span>{messages.dateTime(kept.publishedAt)}</span>
          <span>{messages.bytes(kept.size)}</span>
          <span>{typeName(kept.contentType)}</span>
          <span>{words.dimensions(kept.width, kept.height)}</span>
          {kept.expiresAt ? <span>{isExpired ? expired : words.expires(kept.expiresAt)}</span> : null}
        </>
      }
      note={deletion === "done" ? words.deleted : undefined}
    >
      {deletion === "done" ? null : (
        <Published name={name} picture={kept} deletion={deletion} onDelete={() => void remove()} />
      )}
    </PictureRow>
  );
});
