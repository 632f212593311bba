import type { IntakeWords } from "../intake";
import type { Words } from "../part";

const allOf = new Intl.ListFormat("de", { type: "unit" });

export const words: Words<IntakeWords> = ({ plural }) => ({
  leftOut: ({ hidden, noExtension, notPicture }) => {
    const reasons = [
      hidden > 0 ? plural(hidden, { other: "# versteckt" }) : "",
      noExtension > 0 ? plural(noExtension, { other: "# ohne Dateiendung" }) : "",
      notPicture > 0 ? plural(notPicture, { one: "# kein Bild", other: "# keine Bilder" }) : "",
    ].filter(Boolean);
    const files = plural(hidden + noExtension + notPicture, {
      one: "# Datei im Ordner wurde",
      other: "# Dateien im Ordner wurden",
    });
    return `${files} ausgelassen: ${allOf.format(reasons)}.`;
  },
  nothingPasted: "In der Zwischenablage ist kein Bild.",
  nothingDropped: "Was du hierher gezogen hast, ist kein Bild.",
  elsewhere:
    "Ein Bild lässt sich nicht direkt von einer anderen Website übernehmen. Speichere oder kopiere es zuerst und füge es dann hier ein.",
  question: "Das Bild von dem hochladen, was du kopiert hast?",
  hint: "Du hast Text kopiert, und das Programm hat ein Bild davon beigefügt. Wer den Link hat, kann ihn lesen.",
  yes: "Bild hochladen",
  no: "Nicht hochladen",
  close: "Diesen Hinweis schließen",
});
