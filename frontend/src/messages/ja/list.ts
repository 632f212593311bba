import type { ListWords } from "../list";
import type { Words } from "../part";

export const words: Words<ListWords> = ({ number, bytes, pictures }) => ({
  label: "アップロードした画像",
  uploaded: (n) => `${pictures(n)}をアップロード済み`,
  uploadedOf: (done, total) => `${pictures(total)}中 ${number(done)} 枚をアップロード済み`,
  oneLink: "ひとつのリンクに",
  copyAll: "すべてコピー",
  format: "コピーする形式",
  pause: "一時停止",
  resume: "再開",
  paused: "一時停止中",
  pace: (bytesPerSecond) => `${bytes(bytesPerSecond)}/秒`,
  secondsLeft: (n) => `残り ${number(n)} 秒`,
  minutesLeft: (n) => `残り ${number(n)} 分`,
  progress: "アップロード全体の進行状況",
  retryFailed: "失敗分を再試行",
  clearFinished: "完了分を非表示",
  cancelAll: "すべてキャンセル",
  filter: "表示",
  filters: { all: "すべて", failed: "失敗", underWay: "進行中", done: "完了" },
  view: "表示形式",
  views: { rows: "リスト", grid: "グリッド" },
  selection: "選択した画像",
  selected: (n) => `${number(n)} 枚を選択中`,
  selectAll: "すべて選択",
  selectNone: "選択を解除",
  deleteQuestion: (n) =>
    n === 1
      ? "この画像を完全に削除しますか？リンクはどこからも使えなくなります。"
      : `${pictures(n)}を完全に削除しますか？リンクはどこからも使えなくなります。`,
  deleteConfirm: (n) => `${pictures(n)}を削除する`,
  deleteKeep: () => "残す",
  sameCause: (n) => `${pictures(n)}がアップロードされませんでした`,
  tokenRefused: "このトークンは受け付けられません。",
  retryAll: "すべて再試行",
  hidden: (n) => `${pictures(n)}を非表示にしました。`,
});
