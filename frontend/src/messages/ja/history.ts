import type { HistoryWords } from "../history";
import type { Words } from "../part";

export const words: Words<HistoryWords> = ({ number, bytes, pictures }) => ({
  lead: "この一覧と削除用リンクは、このブラウザだけに保存されています。ブラウザのデータを消去する前に書き出してください。",
  search: "名前で検索",
  count: pictures,
  countOf: (found, all) => `${pictures(all)}中 ${number(found)} 枚`,
  expired: "期限切れ",
  more: "さらに表示",
  empty: "まだ何もありません。アップロードした画像がここに表示されます。",
  unavailable:
    "このブラウザにはこのページのデータが保存されない（プライベートウィンドウなど）ため、履歴はありません。",
  unreadable: "履歴を読み取れませんでした。画像は引き続き公開されています。",
  reload: "再試行",
  copyDelete: () => "削除用リンクをコピー",
  deleteLinks: () => "削除用リンク",
  deletedSome: (n) => `${pictures(n)}を削除しました。`,
  export: "書き出す",
  import: "読み込む",
  imported: (n) => `${pictures(n)}を追加しました。`,
  importedSome: (added, known) =>
    `${pictures(added)}を追加しました。ほかの ${number(known)} 枚はすでにありました。`,
  noHistory: (name) => `${name} は書き出した履歴ではありません。何も読み込みませんでした。`,
  tooLarge: (name, most, entries) =>
    `${name} は大きすぎます。一度に読み込めるのは ${bytes(most)}、${pictures(entries)}までです。何も読み込みませんでした。`,
  leftOut: (n, entry, field, rule) =>
    `${number(n)} 件を除外しました。${number(entry)} 件目の「${field}」は${rule}でなければなりません。`,
  rules: {
    text: (most) => ` ${number(most)} 文字以内のテキスト`,
    address: (most) => ` ${number(most)} 文字以内のウェブアドレス`,
    number: (most) => ` ${number(most)} 以下の整数`,
    date: "日付",
  },
  notKept: "ブラウザに保存できませんでした。ディスクがいっぱいの可能性があります。何も読み込みませんでした。",
  clear: "一覧を消去",
  clearQuestion: (n) =>
    `この端末の${pictures(n)}の記録を消去しますか？画像はネット上に残りますが、ここから削除できなくなります。`,
  clearConfirm: "消去する",
  clearKeep: "一覧を残す",
});
