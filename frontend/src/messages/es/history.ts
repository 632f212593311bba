import type { HistoryWords } from "../history";
import type { Words } from "../part";

export const words: Words<HistoryWords> = ({ number, bytes, pictures, plural }) => ({
  lead: "Esta lista y sus enlaces de eliminación solo están en este navegador. Expórtala antes de borrar los datos del navegador.",
  search: "Buscar por nombre",
  count: pictures,
  countOf: (found, all) => `${number(found)} de ${pictures(all)}`,
  expired: "Caducada",
  more: "Mostrar más",
  empty: "Todavía nada. Lo que subas aparecerá aquí.",
  unavailable:
    "Este navegador no guarda datos de esta página (¿una ventana privada?), así que no hay historial.",
  unreadable: "No se pudo leer el historial. Sus imágenes siguen en línea.",
  reload: "Reintentar",
  copyDelete: (n) =>
    plural(n, { one: "Copiar enlace de eliminación", other: "Copiar enlaces de eliminación" }),
  deleteLinks: (n) => plural(n, { one: "Enlace de eliminación", other: "Enlaces de eliminación" }),
  deletedSome: (n) => plural(n, { one: "# imagen eliminada.", other: "# imágenes eliminadas." }),
  export: "Exportar",
  import: "Importar",
  imported: (n) => plural(n, { one: "# imagen añadida.", other: "# imágenes añadidas." }),
  importedSome: (added, known) =>
    `${plural(added, { one: "# imagen añadida", other: "# imágenes añadidas" })}; ${plural(known, { one: "# ya estaba", other: "# ya estaban" })}.`,
  noHistory: (name) => `${name} no es un historial exportado. No se importó nada.`,
  tooLarge: (name, most, entries) =>
    `${name} es demasiado grande: se importan como máximo ${bytes(most)} y ${pictures(entries)} a la vez. No se importó nada.`,
  leftOut: (n, entry, field, rule) =>
    `${plural(n, { one: "Se dejó fuera # entrada", other: "Se dejaron fuera # entradas" })}. Entrada ${number(entry)}: «${field}» debe ser ${rule}.`,
  rules: {
    text: (most) => `un texto de ${number(most)} caracteres como máximo`,
    address: (most) => `una dirección web de ${number(most)} caracteres como máximo`,
    number: (most) => `un número entero de hasta ${number(most)}`,
    date: "una fecha",
  },
  notKept: "El navegador no pudo guardarlo; puede que el disco esté lleno. No se importó nada.",
  clear: "Vaciar la lista",
  clearQuestion: (n) =>
    plural(n, {
      one: "¿Olvidar esta imagen en este dispositivo? Seguirá en línea, pero ya no se podrá eliminar desde aquí.",
      other:
        "¿Olvidar las # imágenes en este dispositivo? Seguirán en línea, pero ya no se podrán eliminar desde aquí.",
    }),
  clearConfirm: "Sí, olvidar",
  clearKeep: "Conservar la lista",
});
