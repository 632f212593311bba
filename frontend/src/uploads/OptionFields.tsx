import { useId } from "react";
import type { Limits } from "../api/wire";
import type { SettingsStore } from "../device/settings";
import { typeName } from "../messages/format";
import { optionsWords } from "../messages/options";
import { useMessages, useWords } from "../messages/useMessages";
import type { Shrink } from "../pictures/rework";
import { useStore } from "../ui/useStore";
import styles from "./Options.module.css";
import { useMeasured } from "./useMeasured";

const SIDES = [1280, 1920, 2560, 3840];
const DEFAULT_SHRINK: Shrink = { longestSide: 1920, contentType: "image/webp", quality: 0.8 };
const OUTPUTS = ["image/webp", "image/jpeg"] as const;

export { OptionChips } from "./OptionChips";

interface OptionFieldsProps {
  accepted: Limits;
  settings: SettingsStore;
  /** The picture that shows how large the next ones become. */
  newest: File | undefined;
}

export function OptionFields({ accepted, settings: store, newest }: OptionFieldsProps) {
  const words = useWords(optionsWords);
  const { keepMetadata, expiresIn, shrink } = useStore(store);
  const id = useId();
  const setShrink = (change: Partial<Shrink>) =>
    store.setState({ shrink: { ...(shrink ?? DEFAULT_SHRINK), ...change } });

  return (
    <div className={styles.fields}>
      <p className={styles.check}>
        <input
          id={`${id}-metadata`}
          type="checkbox"
          aria-describedby={`${id}-metadata-hint`}
          checked={!keepMetadata}
          onChange={(event) => store.setState({ keepMetadata: !event.target.checked })}
        />
        <label htmlFor={`${id}-metadata`}>{words.metadata}</label>
        <span className={styles.hint} id={`${id}-metadata-hint`}>
          {shrink ? words.smallerHint : words.metadataHint}
        </span>
      </p>
      <Choice
        label={words.expiry}
        value={expiresIn}
        options={[undefined, ...accepted.expiries]}
        name={(expiry) => (expiry ? words.afterDays(Number.parseInt(expiry, 10)) : words.never)}
        onChoose={(expiry) => store.setState({ expiresIn: expiry })}
      />
      <Choice
        label={words.size}
        value={shrink?.longestSide}
        options={[undefined, ...SIDES]}
        name={(pixels) => (pixels ? words.longestSide(pixels) : words.original)}
        onChoose={(pixels) =>
          pixels ? setShrink({ longestSide: pixels }) : store.setState({ shrink: undefined })
        }
      />
      {shrink ? (
        <>
          <Choice
            label={words.format}
            value={shrink.contentType}
            options={OUTPUTS}
            name={typeName}
            onChoose={(contentType) => setShrink({ contentType })}
          />
          <Quality
            accepted={accepted}
            shrink={shrink}
            newest={newest}
            onChoose={(quality) => setShrink({ quality })}
          />
        </>
      ) : null}
      <p className={`${styles.hint} ${styles.whole}`}>{words.fromNowOn}</p>
    </div>
  );
}

interface QualityProps {
  accepted: Limits;
  shrink: Shrink;
  newest: File | undefined;
  onChoose: (quality: number) => void;
}

/** The quality as a number, and what it means for the picture that was added last. */
function Quality({ accepted, shrink, newest, onChoose }: QualityProps) {
  const words = useWords(optionsWords);
  const { upload } = useMessages();
  const id = useId();
  const size = useMeasured(newest, accepted, shrink);
  return (
    <p className={styles.field}>
      <span className={styles.spread}>
        <label htmlFor={id}>{words.quality}</label>
        {/* The slider tells it itself. */}
        <span aria-hidden="true">{words.qualityOf(shrink.quality)}</span>
      </span>
      <input
        id={id}
        type="range"
        min={40}
        max={95}
        step={5}
        value={Math.round(shrink.quality * 100)}
        aria-valuetext={words.qualityOf(shrink.quality)}
        onChange={(event) => onChoose(Number(event.target.value) / 100)}
      />
      {/* Always rendered, so that screen readers say what appears in it. */}
      <output className={styles.becomes} htmlFor={id}>
        {newest && size ? words.becomes(newest.name || upload.unnamed, newest.size, size) : ""}
      </output>
    </p>
  );
}

interface ChoiceProps<T> {
  label: string;
  value: T;
  options: readonly T[];
  name: (option: T) => string;
  onChoose: (option: T) => void;
}

function Choice<T extends string | number | undefined>({
  label,
  value,
  options,
  name,
  onChoose,
}: ChoiceProps<T>) {
  const id = useId();
  return (
    <p className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value ?? ""}
        onChange={(event) => onChoose(options[event.target.selectedIndex] as T)}
      >
        {options.map((option) => (
          <option key={option ?? ""} value={option ?? ""}>
            {name(option)}
          </option>
        ))}
      </select>
    </p>
  );
}
