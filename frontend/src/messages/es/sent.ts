import type { Words } from "../part";
import type { NotSmallerWords } from "../sent";

export const words: Words<NotSmallerWords> = () => ({
  moves: "No se redujo porque es animada",
  not_drawn: "No se redujo porque este navegador no puede dibujarla",
});
