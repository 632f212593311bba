import type { OptionsWords } from "../options";
import type { Words } from "../part";

export const words: Words<OptionsWords> = ({ number, bytes, percent }) => ({
  metadata: "去除拍摄位置、相机等隐藏信息",
  metadataHint: "画面本身分毫不变，只有 HEIC 照片会被转换。",
  smallerHint: "缩小的图片会重新保存，一律不含这些信息。",
  expiry: "自动删除",
  never: "从不",
  afterDays: (days) => `${days} 天后`,
  size: "缩小图片",
  original: "不缩小，保留原图",
  longestSide: (pixels) => `最长边 ${number(pixels)} 像素`,
  format: "格式",
  quality: "画质",
  qualityOf: (quality) => percent(quality),
  becomes: (name, before, after) => `${name}：${bytes(before)} → ${bytes(after)}`,
  fromNowOn: "这些选项只对之后添加的图片生效。",
  chips: "已启用的选项",
  deletedAfter: (days) => `${number(days)} 天后删除`,
  noMoreThan: (pixels, format, quality) =>
    `最长边不超过 ${number(pixels)} 像素，${format} ${percent(quality)}`,
  metadataKept: "保留隐藏信息",
  metadataKeptUnlessSmaller: "保留隐藏信息（缩小的图片除外）",
  turnOff: (option) => `关闭：${option}`,
  turnedOff: (option) => `已关闭：${option}。`,
});
