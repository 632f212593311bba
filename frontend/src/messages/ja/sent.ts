import type { Words } from "../part";
import type { NotSmallerWords } from "../sent";

export const words: Words<NotSmallerWords> = () => ({
  moves: "アニメーションのため、縮小していません",
  not_drawn: "このブラウザで描画できないため、縮小していません",
});
