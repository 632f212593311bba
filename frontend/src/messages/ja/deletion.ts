import type { DeletionWords } from "../deletion";
import type { Words } from "../part";

export const words: Words<DeletionWords> = () => ({
  title: "この画像を削除しますか？",
  explain: "画像はサーバーから完全に削除され、リンクは誰にも使えなくなります。",
  caches: "キャッシュに短い間コピーが残ることがあります。",
  confirm: "画像を削除",
  deleting: "削除中",
  doneTitle: "画像を削除しました。",
  done: "リンクは使えなくなりました。キャッシュに短い間コピーが残ることがあります。",
  failedTitle: "画像は削除されていません。",
  picture: "削除の対象となる画像",
  notShown: "画像を表示できません。すでに削除されている可能性があります。",
  invalid:
    "この削除用リンクは無効か、すでに使えなくなっています。保存した場所から、リンク全体をもう一度コピーしてください。",
  missingTitle: "この削除用リンクは不完全です。",
  missing: "# より後の部分がありません。保存した場所から、リンク全体をもう一度コピーしてください。",
});
