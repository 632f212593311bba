import type { DeletionWords } from "../deletion";
import type { Words } from "../part";

export const words: Words<DeletionWords> = () => ({
  title: "Dieses Bild löschen?",
  explain: "Es wird endgültig vom Server entfernt, und sein Link funktioniert für niemanden mehr.",
  caches: "In Caches können noch kurze Zeit Kopien liegen.",
  confirm: "Bild löschen",
  deleting: "Wird gelöscht",
  doneTitle: "Das Bild ist gelöscht.",
  done: "Sein Link funktioniert nicht mehr. In Caches kann noch kurze Zeit eine Kopie liegen.",
  failedTitle: "Das Bild ist nicht gelöscht.",
  picture: "Das Bild, das gelöscht würde",
  notShown: "Das Bild lässt sich nicht anzeigen. Vielleicht gibt es es nicht mehr.",
  invalid:
    "Dieser Löschlink ist nicht oder nicht mehr gültig. Kopiere den ganzen Link noch einmal von dort, wo du ihn gespeichert hast.",
  missingTitle: "Dieser Löschlink ist unvollständig.",
  missing:
    "Der Teil nach dem # fehlt. Kopiere den ganzen Link noch einmal von dort, wo du ihn gespeichert hast.",
});
