import type { Words } from "../part";
import type { NotSmallerWords } from "../sent";

export const words: Words<NotSmallerWords> = () => ({
  moves: "Nicht verkleinert, weil es sich bewegt",
  not_drawn: "Nicht verkleinert, weil dieser Browser es nicht zeichnen kann",
});
