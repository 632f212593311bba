import type { NoticesWords } from "../notices";
import type { Words } from "../part";

export const words: Words<NoticesWords> = ({ pictures }) => ({
  lost: (n) => `${pictures(n)}が送信されていません`,
  lostHint: "アップロードが終わる前にタブが閉じられました。",
  gone: (n) => `そのうち${pictures(n)}はもう送信できません。もう一度選択してください。`,
  resume: (n) => `${pictures(n)}をアップロード`,
  discard: "破棄",
  resumed: (n) => `${pictures(n)}を再び追加しました。`,
  discarded: (n) => `${pictures(n)}を破棄しました。`,
  unkept: "このブラウザは履歴を保存しません",
  unkeptHint: () => "削除用リンクを保存してください。これがないと、あとで画像を削除できません。",
  unkeptAhead:
    "ブラウザの保存領域がいっぱいか、ブロックされています。画像をアップロードするとここに表示される削除用リンクを保存してください。",
  copyLinks: () => "削除用リンクをコピー",
  copied: () => "削除用リンク",
  save: "テキストとして保存",
  link: "リンク",
  deleteLink: "削除用リンク",
  close: "閉じる",
});
