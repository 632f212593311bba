import type { Messages } from "./en";

/** What the fields of the options say; loaded with them. */
const en = ({ number }: Messages) => ({
  metadata: "Remove location, camera and other hidden details",
  metadataHint: "The picture itself stays exactly as it is.",
  expiry: "Delete automatically",
  never: "Never",
  afterDays: (days: number) => (days === 1 ? "After 1 day" : `After ${days} days`),
  size: "Make smaller",
  original: "No, keep the original",
  longestSide: (pixels: number) => `To ${number(pixels)} pixels at most`,
  format: "As",
  quality: "Quality",
});

const zh: typeof en = ({ number }) => ({
  metadata: "去除拍摄位置、相机等隐藏信息",
  metadataHint: "画面本身分毫不变。",
  expiry: "自动删除",
  never: "从不",
  afterDays: (days) => `${days} 天后`,
  size: "缩小图片",
  original: "不缩小，保留原图",
  longestSide: (pixels) => `最长边 ${number(pixels)} 像素`,
  format: "格式",
  quality: "画质",
});

export const optionsWords = { en, "zh-CN": zh };
