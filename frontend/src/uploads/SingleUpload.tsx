import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Picture } from "../api/wire";
import type { UploadQueue } from "../engine/queue";
import { isUnderWay, type Upload } from "../engine/upload";
import { useMessages } from "../messages/useMessages";
import { CopyWithFormat } from "../published/CopyWithFormat";
import { DeleteQuestion } from "../published/DeleteQuestion";
import { share } from "../published/PictureMenu";
import { Preview } from "../published/Preview";
import { Report } from "../published/Report";
import { useCopyKey } from "../published/useCopyKey";
import { Button, buttonClass } from "../ui/Button";
import { CopyButton } from "../ui/CopyButton";
import { Later } from "../ui/Later";
import { useCaughtFocus } from "../ui/useCaughtFocus";
import { factsOf, noteOf } from "./describe";
import { isRetryable } from "./filters";
import { Pacing } from "./Pacing";
import styles from "./SingleUpload.module.css";
import { Progress, Status } from "./Status";

const loadQrCode = async () => (await import("../published/QrCode")).QrCode;

interface SingleUploadProps {
  upload: Upload;
  queue: UploadQueue;
  onHide: (id: string) => void;
}

/** The commonest case: one picture, large, and its link selected below it. */
export function SingleUpload({ upload, queue, onHide }: SingleUploadProps) {
  const messages = useMessages();
  const { upload: words } = messages;
  const { id, file, state, sent } = upload;
  const { phase } = state;
  const name = file.name || words.unnamed;
  const size = sent?.size ?? file.size;
  const caught = useCaughtFocus<HTMLLIElement>(phase);
  const picture = phase === "done" ? state.picture : undefined;
  const note = noteOf(upload, messages);
  const bad = phase === "refused" || phase === "failed";
  return (
    <li className={styles.single} aria-labelledby={`name-${id}`} data-id={id} data-phase={phase} {...caught}>
      <Preview file={file.size > 0 && !bad ? file : undefined} link={picture?.viewURL} />
      <p className={styles.name} id={`name-${id}`} dir="auto">
        {name}
      </p>
      <p className={styles.facts}>
        <Status state={state} size={size} />
        {factsOf(upload, messages).map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </p>
      {isUnderWay(state) ? (
        <>
          <Progress name={name} state={state} size={size} />
          <Pacing uploads={[upload]} queue={queue} />
        </>
      ) : null}
      {note ? <p className={styles.note}>{note}</p> : null}
      {picture && phase === "done" ? (
        <Result
          name={name}
          picture={picture}
          onHide={() => onHide(id)}
          onDelete={state.deletion === "running" ? undefined : () => void queue.deletePicture(id)}
        />
      ) : (
        <div className={styles.quiet}>
          {isUnderWay(state) ? (
            <Button aria-label={words.cancelOf(name)} onClick={() => queue.cancel(id)}>
              {words.cancel}
            </Button>
          ) : null}
          {phase === "cancelled" || isRetryable(upload) ? (
            <Button aria-label={words.retryOf(name)} onClick={() => queue.retry(id)}>
              {words.retry}
            </Button>
          ) : null}
          {isUnderWay(state) ? null : (
            <Button kind="quiet" aria-label={words.hideOf(name)} onClick={() => onHide(id)}>
              {words.hide}
            </Button>
          )}
        </div>
      )}
    </li>
  );
}

interface ResultProps {
  name: string;
  picture: Picture;
  onHide: () => void;
  onDelete: (() => void) | undefined;
}

function Result({ name, picture, onHide, onDelete }: ResultProps) {
  const { upload: words, copy } = useMessages();
  const field = useRef<HTMLInputElement>(null);
  const [shows, setShows] = useState<"qr" | "question">();
  /** Text that the browser refused to copy; the field shows it, for a person to copy by hand. */
  const [byHand, setByHand] = useState<string>();
  const link = picture.viewURL;
  useCopyKey([picture], "link");
  useLayoutEffect(() => {
    const { activeElement } = document;
    // Not while a person is somewhere else.
    const free =
      !activeElement || activeElement === document.body || activeElement.matches("input[type=file]");
    if (!free) return;
    field.current?.focus({ preventScroll: true });
    // Result and all, where there is room for it.
    field.current?.closest("li")?.scrollIntoView({ block: "nearest" });
  }, []);
  useEffect(() => {
    if (byHand === undefined) showEnd(field.current);
    else field.current?.focus();
  }, [byHand]);
  return (
    <>
      <input
        ref={field}
        className={styles.link}
        readOnly
        value={byHand ?? link}
        aria-label={words.linkOf(name)}
        onFocus={({ target }) => {
          target.select();
          showEnd(target);
        }}
        onBlur={({ target }) => showEnd(target)}
      />
      <bdi className="printed" dir="ltr">
        {link}
      </bdi>
      {byHand === undefined ? null : <p className={styles.note}>{copy.failed}</p>}
      <CopyWithFormat size="large" of={name} pictures={() => [picture]} />
      <div className={styles.quiet}>
        <a
          className={buttonClass("quiet")}
          href={link}
          target="_blank"
          rel="noreferrer"
          aria-label={words.openOf(name)}
        >
          {words.open}
        </a>
        <Button
          kind="quiet"
          className={styles.forPhone}
          aria-expanded={shows === "qr"}
          aria-label={words.qrOf(name)}
          onClick={() => setShows(shows === "qr" ? undefined : "qr")}
        >
          {words.qr}
        </Button>
        {"share" in navigator ? (
          <Button kind="quiet" aria-label={words.shareOf(name)} onClick={() => void share(link)}>
            {words.share}
          </Button>
        ) : null}
        <CopyButton
          kind="quiet"
          text={picture.deleteURL}
          label={words.copyDelete}
          name={words.copyDelete}
          what={words.deleteLink}
          onByHand={setByHand}
        />
        <Button kind="quiet" aria-label={words.hideOf(name)} onClick={onHide}>
          {words.hide}
        </Button>
        <Report name={name} link={link} />
        {onDelete ? (
          <Button
            kind="quiet"
            className={styles.delete}
            aria-label={words.deleteOf(name)}
            onClick={() => setShows("question")}
          >
            {words.delete}
          </Button>
        ) : null}
      </div>
      {shows === "qr" ? <Later load={loadQrCode} props={{ link, name }} /> : null}
      {shows === "question" && onDelete ? (
        <DeleteQuestion name={name} onYes={onDelete} onClose={() => setShows(undefined)} />
      ) : null}
    </>
  );
}

/** Scroll a long link to its end, which tells one from another. */
function showEnd(field: HTMLInputElement | null): void {
  if (field) field.scrollLeft = field.scrollWidth;
}
