import type { Words } from "../part";
import type { NotSmallerWords } from "../sent";

export const words: Words<NotSmallerWords> = () => ({
  moves: "动图，未缩小",
  not_drawn: "浏览器无法解码，未缩小",
});
