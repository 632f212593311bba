import type { HistoryWords } from "../history";
import type { Words } from "../part";

export const words: Words<HistoryWords> = ({ number, bytes, pictures, plural }) => ({
  lead: "Nur dieser Browser hat diese Liste und ihre Löschlinks. Exportiere sie, bevor du die Daten des Browsers löschst.",
  search: "Nach Namen suchen",
  count: pictures,
  countOf: (found, all) => `${number(found)} von ${plural(all, { one: "# Bild", other: "# Bildern" })}`,
  expired: "Abgelaufen",
  more: "Mehr anzeigen",
  empty: "Noch nichts. Was du hochlädst, erscheint hier.",
  unavailable:
    "Dieser Browser speichert keine Daten für diese Seite (ein privates Fenster?), deshalb gibt es keinen Verlauf.",
  unreadable: "Der Verlauf ließ sich nicht lesen. Die Bilder darin sind weiterhin online.",
  reload: "Noch einmal versuchen",
  copyDelete: (n) => plural(n, { one: "Löschlink kopieren", other: "Löschlinks kopieren" }),
  deleteLinks: (n) => plural(n, { one: "Löschlink", other: "Löschlinks" }),
  deletedSome: (n) => `${pictures(n)} gelöscht.`,
  export: "Exportieren",
  import: "Importieren",
  imported: (n) => `${pictures(n)} hinzugefügt.`,
  importedSome: (added, known) =>
    `${pictures(added)} hinzugefügt, ${plural(known, { one: "# war", other: "# waren" })} schon da.`,
  noHistory: (name) => `${name} ist kein exportierter Verlauf. Es wurde nichts importiert.`,
  tooLarge: (name, most, entries) =>
    `${name} ist zu groß: Höchstens ${bytes(most)} und ${pictures(entries)} werden auf einmal importiert. Es wurde nichts importiert.`,
  leftOut: (n, entry, field, rule) =>
    `${plural(n, { one: "# Eintrag wurde", other: "# Einträge wurden" })} ausgelassen. Eintrag ${number(entry)}: „${field}“ muss ${rule} sein.`,
  rules: {
    text: (most) => `Text mit höchstens ${number(most)} Zeichen`,
    address: (most) => `eine Webadresse mit höchstens ${number(most)} Zeichen`,
    number: (most) => `eine ganze Zahl bis ${number(most)}`,
    date: "ein Datum",
  },
  notKept:
    "Der Browser konnte es nicht speichern; vielleicht ist der Datenträger voll. Es wurde nichts importiert.",
  clear: "Liste leeren",
  clearQuestion: (n) =>
    `${plural(n, { one: "Dieses Bild", other: "Alle # Bilder" })} auf diesem Gerät vergessen? Im Netz bleiben die Bilder, lassen sich von hier aus aber nicht mehr löschen.`,
  clearConfirm: "Ja, vergessen",
  clearKeep: "Liste behalten",
});
