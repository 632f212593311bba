import type { Messages } from "./en";

/** What the delete page says; loaded with it. */
const en = (_: Messages) => ({
  title: "Delete this picture?",
  explain: "It is removed from the server for good, and its link stops working for everyone.",
  caches: "Copies may linger in caches for a short while.",
  confirm: "Delete the picture",
  deleting: "Deleting",
  doneTitle: "The picture is deleted.",
  done: "Its link no longer works. A copy may linger in caches for a short while.",
  failedTitle: "The picture is not deleted.",
  picture: "The picture that would be deleted",
  notShown: "The picture can’t be shown. It may be gone already.",
  invalid:
    "This delete link is not valid, or no longer is. Copy the whole link again from where you saved it.",
  missingTitle: "This delete link is incomplete.",
  missing: "The part after the # is missing. Copy the whole link again from where you saved it.",
});

const zh: typeof en = () => ({
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

export const deletionWords = { en, "zh-CN": zh };
