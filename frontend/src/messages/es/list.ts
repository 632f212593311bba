import type { ListWords } from "../list";
import type { Words } from "../part";

export const words: Words<ListWords> = ({ number, bytes, pictures, plural }) => ({
  label: "Tus imágenes",
  uploaded: (n) => plural(n, { one: "# imagen subida", other: "# imágenes subidas" }),
  uploadedOf: (done, total) =>
    `${number(done)} de ${plural(total, { one: "# imagen subida", other: "# imágenes subidas" })}`,
  oneLink: "Un enlace para todas",
  copyAll: "Copiar todo",
  format: "Formato de lo que se copia",
  pause: "Pausar",
  resume: "Reanudar",
  paused: "En pausa",
  pace: (bytesPerSecond) => `${bytes(bytesPerSecond)}/s`,
  secondsLeft: (n) => plural(n, { one: "queda # s", other: "quedan # s" }),
  minutesLeft: (n) => plural(n, { one: "queda # min", other: "quedan # min" }),
  progress: "Progreso de todas las subidas",
  retryFailed: "Reintentar las fallidas",
  clearFinished: "Ocultar las terminadas",
  cancelAll: "Cancelar todo",
  filter: "Mostrar",
  filters: { all: "Todas", failed: "Fallidas", underWay: "En curso", done: "Terminadas" },
  view: "Vista",
  views: { rows: "Lista", grid: "Cuadrícula" },
  selection: "Imágenes seleccionadas",
  selected: (n) => plural(n, { one: "# seleccionada", other: "# seleccionadas" }),
  selectAll: "Seleccionar todo",
  selectNone: "No seleccionar nada",
  deleteQuestion: (n) =>
    plural(n, {
      one: "¿Eliminar esta imagen para siempre? Su enlace dejará de funcionar en todas partes.",
      other: "¿Eliminar # imágenes para siempre? Sus enlaces dejarán de funcionar en todas partes.",
    }),
  deleteConfirm: (n) => `Sí, eliminar ${pictures(n)}`,
  deleteKeep: (n) => plural(n, { one: "Conservarla", other: "Conservarlas" }),
  sameCause: (n) => plural(n, { one: "# imagen no se subió", other: "# imágenes no se subieron" }),
  tokenRefused: "Este token no se acepta.",
  retryAll: "Reintentar todas",
  hidden: (n) => plural(n, { one: "# imagen oculta.", other: "# imágenes ocultas." }),
});
