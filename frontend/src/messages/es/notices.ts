import type { NoticesWords } from "../notices";
import type { Words } from "../part";

export const words: Words<NoticesWords> = ({ pictures, plural }) => ({
  lost: (n) => plural(n, { one: "# imagen no se envió", other: "# imágenes no se enviaron" }),
  lostHint: "Su pestaña se cerró antes de que terminara la subida.",
  gone: (n) =>
    plural(n, {
      one: "# de ellas ya no se puede enviar: elígela de nuevo.",
      other: "# de ellas ya no se pueden enviar: elígelas de nuevo.",
    }),
  resume: (n) => `Subir ${pictures(n)}`,
  discard: "Descartar",
  resumed: (n) => plural(n, { one: "# imagen añadida de nuevo.", other: "# imágenes añadidas de nuevo." }),
  discarded: (n) => plural(n, { one: "# imagen descartada.", other: "# imágenes descartadas." }),
  unkept: "Este navegador no guarda el historial",
  unkeptHint: (n) =>
    plural(n, {
      one: "Guarda el enlace de eliminación: sin él no se podrá eliminar esta imagen más adelante.",
      other:
        "Guarda los enlaces de eliminación: sin ellos no se podrán eliminar estas imágenes más adelante.",
    }),
  unkeptAhead:
    "Su almacenamiento está lleno o bloqueado. Guarda los enlaces de eliminación que aparecerán aquí cuando se suban las imágenes.",
  copyLinks: (n) =>
    plural(n, { one: "Copiar enlace de eliminación", other: "Copiar enlaces de eliminación" }),
  copied: (n) => plural(n, { one: "Enlace de eliminación", other: "Enlaces de eliminación" }),
  save: "Guardar como texto",
  link: "Enlace",
  deleteLink: "Enlace de eliminación",
  close: "Cerrar",
});
