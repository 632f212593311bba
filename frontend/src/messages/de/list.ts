import type { ListWords } from "../list";
import type { Words } from "../part";

export const words: Words<ListWords> = ({ number, bytes, pictures, plural }) => ({
  label: "Deine Bilder",
  uploaded: (n) => `${pictures(n)} hochgeladen`,
  uploadedOf: (done, total) =>
    `${number(done)} von ${plural(total, { one: "# Bild", other: "# Bildern" })} hochgeladen`,
  oneLink: "Ein Link für alle",
  copyAll: "Alle kopieren",
  format: "Format beim Kopieren",
  pause: "Anhalten",
  resume: "Fortsetzen",
  paused: "Angehalten",
  pace: (bytesPerSecond) => `${bytes(bytesPerSecond)}/s`,
  secondsLeft: (n) => `noch ${number(n)} s`,
  minutesLeft: (n) => `noch ${number(n)} min`,
  progress: "Fortschritt aller Uploads",
  retryFailed: "Fehlgeschlagene wiederholen",
  clearFinished: "Fertige ausblenden",
  cancelAll: "Alle abbrechen",
  filter: "Anzeigen",
  filters: { all: "Alle", failed: "Fehlgeschlagen", underWay: "In Arbeit", done: "Fertig" },
  view: "Ansicht",
  views: { rows: "Liste", grid: "Raster" },
  selection: "Ausgewählte Bilder",
  selected: (n) => `${number(n)} ausgewählt`,
  selectAll: "Alle auswählen",
  selectNone: "Auswahl aufheben",
  deleteQuestion: (n) =>
    plural(n, {
      one: "Dieses Bild endgültig löschen? Sein Link funktioniert dann nirgends mehr.",
      other: "# Bilder endgültig löschen? Ihre Links funktionieren dann nirgends mehr.",
    }),
  deleteConfirm: (n) => `Ja, ${pictures(n)} löschen`,
  deleteKeep: () => "Behalten",
  sameCause: (n) => `${pictures(n)} nicht hochgeladen`,
  tokenRefused: "Dieses Token wird nicht angenommen.",
  retryAll: "Alle noch einmal versuchen",
  hidden: (n) => `${pictures(n)} ausgeblendet.`,
});
