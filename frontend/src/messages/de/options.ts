import type { OptionsWords } from "../options";
import type { Words } from "../part";

export const words: Words<OptionsWords> = ({ number, bytes, percent, plural }) => ({
  metadata: "Aufnahmeort, Kamera und andere verborgene Angaben entfernen",
  metadataHint: "Das Bild selbst bleibt genau, wie es ist; nur HEIC-Fotos werden umgewandelt.",
  smallerHint: "Ein verkleinertes Bild wird neu gespeichert und behält in keinem Fall etwas davon.",
  expiry: "Automatisch löschen",
  never: "Nie",
  afterDays: (days) => plural(days, { one: "Nach # Tag", other: "Nach # Tagen" }),
  size: "Verkleinern",
  original: "Nein, Original behalten",
  longestSide: (pixels) => `Auf höchstens ${number(pixels)} Pixel`,
  format: "Format",
  quality: "Qualität",
  qualityOf: (quality) => percent(quality),
  becomes: (name, before, after) => `${name}: ${bytes(before)} → ${bytes(after)}`,
  fromNowOn: "Das gilt für Bilder, die du von jetzt an hinzufügst.",
  chips: "Aktive Optionen",
  deletedAfter: (days) =>
    plural(days, { one: "Wird nach # Tag gelöscht", other: "Wird nach # Tagen gelöscht" }),
  noMoreThan: (pixels, format, quality) => `Höchstens ${number(pixels)} px, ${format} ${percent(quality)}`,
  metadataKept: "Metadaten bleiben",
  metadataKeptUnlessSmaller: "Metadaten bleiben, außer beim Verkleinern",
  turnOff: (option) => `Ausschalten: ${option}`,
  turnedOff: (option) => `Ausgeschaltet: ${option}.`,
});
