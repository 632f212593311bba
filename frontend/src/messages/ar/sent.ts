import type { Words } from "../part";
import type { NotSmallerWords } from "../sent";

export const words: Words<NotSmallerWords> = () => ({
  moves: "لم تُصغَّر لأنها متحركة",
  not_drawn: "لم تُصغَّر لأن هذا المتصفح لا يستطيع رسمها",
});
