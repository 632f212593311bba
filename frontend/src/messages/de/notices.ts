import type { NoticesWords } from "../notices";
import type { Words } from "../part";

export const words: Words<NoticesWords> = ({ pictures, plural }) => ({
  lost: (n) => plural(n, { one: "# Bild wurde nicht gesendet", other: "# Bilder wurden nicht gesendet" }),
  lostHint: "Ihr Tab wurde geschlossen, bevor sie hochgeladen waren.",
  gone: (n) =>
    plural(n, {
      one: "# davon kann nicht mehr gesendet werden: Wähle es noch einmal aus.",
      other: "# davon können nicht mehr gesendet werden: Wähle sie noch einmal aus.",
    }),
  resume: (n) => `${pictures(n)} hochladen`,
  discard: "Verwerfen",
  resumed: (n) => `${pictures(n)} wieder hinzugefügt.`,
  discarded: (n) => `${pictures(n)} verworfen.`,
  unkept: "Dieser Browser speichert keinen Verlauf",
  unkeptHint: (n) =>
    plural(n, {
      one: "Speichere den Löschlink: Ohne ihn kann dieses Bild später nicht gelöscht werden.",
      other: "Speichere die Löschlinks: Ohne sie können diese Bilder später nicht gelöscht werden.",
    }),
  unkeptAhead:
    "Sein Speicher ist voll oder gesperrt. Speichere die Löschlinks, die hier erscheinen, sobald die Bilder hochgeladen sind.",
  copyLinks: (n) => plural(n, { one: "Löschlink kopieren", other: "Löschlinks kopieren" }),
  copied: (n) => plural(n, { one: "Löschlink", other: "Löschlinks" }),
  save: "Als Text speichern",
  link: "Link",
  deleteLink: "Löschlink",
  close: "Schließen",
});
