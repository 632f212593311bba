import type { DeletionWords } from "../deletion";
import type { Words } from "../part";

export const words: Words<DeletionWords> = () => ({
  title: "删除这张图片吗？",
  explain: "它将从服务器上永久删除，链接对所有人失效。",
  caches: "缓存里的副本可能还会停留片刻。",
  confirm: "删除图片",
  deleting: "删除中",
  doneTitle: "图片已删除。",
  done: "链接不再有效。缓存里的副本可能还会停留片刻。",
  failedTitle: "图片没有删除。",
  picture: "将被删除的图片",
  notShown: "图片无法显示，可能已经不在了。",
  invalid: "这个删除链接（已）无效。请从保存它的地方完整地再复制一次。",
  missingTitle: "这个删除链接不完整。",
  missing: "缺少 # 后面的部分。请完整地再复制一次链接。",
});
