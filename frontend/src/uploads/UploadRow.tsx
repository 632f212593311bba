import { memo, useLayoutEffect, useRef } from "react";
import type { UploadQueue } from "../engine/queue";
import { isUnderWay, type Upload } from "../engine/upload";
import { useMessages } from "../messages/useMessages";
import { CopyWithFormat } from "../published/CopyWithFormat";
import { PictureMenu } from "../published/PictureMenu";
import { LinkLine, PictureRow } from "../published/PictureRow";
import { Button } from "../ui/Button";
import { CrossIcon } from "../ui/icons";
import { useCaughtFocus } from "../ui/useCaughtFocus";
import { factsOf, noteOf } from "./describe";
import { isRetryable } from "./filters";
import { Progress, Status } from "./Status";

/** The second click of a double click on Cancel lands on Hide, which takes its place; nobody meant that. */
const DOUBLE_CLICK_MS = 500;

export interface UploadRowProps {
  upload: Upload;
  queue: UploadQueue;
  onHide: (id: string) => void;
  /** Its reason is said above the list, together with others. */
  quiet: boolean;
  /** It was added last. */
  fresh: boolean;
  selected: boolean;
  onSelect: (id: string, range: boolean) => void;
}

export const UploadRow = memo(function UploadRow(props: UploadRowProps) {
  const { upload, queue, onHide, quiet, fresh, selected, onSelect } = props;
  const messages = useMessages();
  const { id, file, state, sent } = upload;
  const { phase } = state;
  const name = file.name || messages.upload.unnamed;
  const size = sent?.size ?? file.size;
  const caught = useCaughtFocus<HTMLLIElement>(phase);
  const picture = phase === "done" ? state.picture : undefined;
  const facts = factsOf(upload, messages);
  const note = quiet ? undefined : noteOf(upload, messages);
  return (
    <PictureRow
      id={id}
      name={name}
      // After a reload the file of a published picture is gone; its link shows it.
      picture={picture && file.size === 0 ? picture.viewURL : (sent?.converted ?? file)}
      data-phase={phase}
      data-fresh={fresh}
      selected={selected}
      onSelect={onSelect}
      {...caught}
      status={<Status state={state} size={size} />}
      facts={facts.map((fact) => (
        <span key={fact} title={fact}>
          {fact}
        </span>
      ))}
      line={
        picture ? (
          <LinkLine href={picture.viewURL} />
        ) : isUnderWay(state) ? (
          <Progress name={name} state={state} size={size} />
        ) : undefined
      }
      note={note}
      actions={<Actions upload={upload} name={name} queue={queue} onHide={onHide} />}
    />
  );
});

function Actions({
  upload,
  name,
  queue,
  onHide,
}: Pick<UploadRowProps, "upload" | "queue" | "onHide"> & { name: string }) {
  const { upload: words } = useMessages();
  const { id, state } = upload;
  const { phase } = state;
  const cancelledAt = useRef(0);
  useLayoutEffect(() => {
    if (phase === "cancelled") cancelledAt.current = Date.now();
  }, [phase]);
  if (isUnderWay(state)) {
    return (
      <Button kind="quiet" aria-label={words.cancelOf(name)} onClick={() => queue.cancel(id)}>
        {words.cancel}
      </Button>
    );
  }
  if (phase === "done") {
    const { picture, deletion } = state;
    return (
      <>
        <CopyWithFormat size="small" of={name} pictures={() => [picture]} />
        <PictureMenu
          name={name}
          picture={picture}
          onHide={() => onHide(id)}
          onDelete={deletion === "running" ? undefined : () => void queue.deletePicture(id)}
        />
      </>
    );
  }
  return (
    <>
      {phase === "cancelled" || isRetryable(upload) ? (
        <Button aria-label={words.retryOf(name)} onClick={() => queue.retry(id)}>
          {words.retry}
        </Button>
      ) : null}
      <Button
        // A key of its own: a click meant for Cancel must not hide a picture that has just finished.
        key="hide"
        kind="icon"
        aria-label={words.hideOf(name)}
        title={words.hide}
        onClick={() => Date.now() - cancelledAt.current > DOUBLE_CLICK_MS && onHide(id)}
      >
        <CrossIcon />
      </Button>
    </>
  );
}
