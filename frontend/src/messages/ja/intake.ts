import type { IntakeWords } from "../intake";
import type { Words } from "../part";

export const words: Words<IntakeWords> = ({ number }) => ({
  leftOut: ({ hidden, noExtension, notPicture }) => {
    const reasons = [
      hidden > 0 ? `隠しファイル ${number(hidden)} 個` : "",
      noExtension > 0 ? `拡張子のないもの ${number(noExtension)} 個` : "",
      notPicture > 0 ? `画像でないもの ${number(notPicture)} 個` : "",
    ].filter(Boolean);
    return `フォルダー内の ${number(hidden + noExtension + notPicture)} 個のファイルを除外しました：${reasons.join("、")}。`;
  },
  nothingPasted: "クリップボードに画像がありません。",
  nothingDropped: "ドロップされたものは画像ではありません。",
  elsewhere:
    "ほかのサイトから画像を直接取り込むことはできません。画像を保存するかコピーしてから、ここに貼り付けてください。",
  question: "コピーした内容の画像をアップロードしますか？",
  hint: "コピーしたのは文字ですが、ソフトがその画像を付け加えました。リンクを知っている人は誰でも読めます。",
  yes: "画像をアップロード",
  no: "アップロードしない",
  close: "このお知らせを閉じる",
});
