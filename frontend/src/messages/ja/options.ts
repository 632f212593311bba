import type { OptionsWords } from "../options";
import type { Words } from "../part";

export const words: Words<OptionsWords> = ({ number, bytes, percent }) => ({
  metadata: "撮影場所、カメラなどの隠れた情報を削除",
  metadataHint: "画像そのものはまったく変わりません。HEIC の写真だけは変換されます。",
  smallerHint: "縮小した画像は保存し直されるため、これらの情報は残りません。",
  expiry: "自動削除",
  never: "しない",
  afterDays: (days) => `${number(days)} 日後`,
  size: "縮小",
  original: "しない（元のまま）",
  longestSide: (pixels) => `長辺を ${number(pixels)} ピクセル以下に`,
  format: "形式",
  quality: "画質",
  qualityOf: (quality) => percent(quality),
  becomes: (name, before, after) => `${name}：${bytes(before)} → ${bytes(after)}`,
  fromNowOn: "これから追加する画像に適用されます。",
  chips: "使用中のオプション",
  deletedAfter: (days) => `${number(days)} 日後に削除`,
  noMoreThan: (pixels, format, quality) =>
    `長辺 ${number(pixels)} ピクセル以下、${format} ${percent(quality)}`,
  metadataKept: "メタデータを保持",
  metadataKeptUnlessSmaller: "メタデータを保持（縮小時を除く）",
  turnOff: (option) => `オフにする：${option}`,
  turnedOff: (option) => `オフにしました：${option}。`,
});
