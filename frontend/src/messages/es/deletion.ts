import type { DeletionWords } from "../deletion";
import type { Words } from "../part";

export const words: Words<DeletionWords> = () => ({
  title: "¿Eliminar esta imagen?",
  explain: "Se quita del servidor para siempre y su enlace deja de funcionar para todos.",
  caches: "Pueden quedar copias en cachés durante un rato.",
  confirm: "Eliminar la imagen",
  deleting: "Eliminando",
  doneTitle: "La imagen se ha eliminado.",
  done: "Su enlace ya no funciona. Puede quedar una copia en cachés durante un rato.",
  failedTitle: "La imagen no se ha eliminado.",
  picture: "La imagen que se eliminaría",
  notShown: "No se puede mostrar la imagen. Puede que ya no exista.",
  invalid:
    "Este enlace de eliminación no es válido o ya no lo es. Copia de nuevo el enlace completo de donde lo guardaste.",
  missingTitle: "Este enlace de eliminación está incompleto.",
  missing: "Falta la parte que va después de #. Copia de nuevo el enlace completo de donde lo guardaste.",
});
