import type { Messages } from "./en";

/** What the history says; loaded with it. */
const en = ({ number, bytes, pictures }: Messages) => ({
  lead: "This list is kept in this browser alone. Clearing the browser’s data erases it, and with it the means to delete these pictures; importing an export brings it back.",
  search: "Search by name",
  count: pictures,
  countOf: (found: number, all: number) => `${number(found)} of ${pictures(all)}`,
  expired: "Expired",
  more: "Show more",
  empty: "Nothing yet. What you upload appears here.",
  unavailable: "This browser keeps no data for this page (a private window?), so there is no history.",
  export: "Export",
  import: "Import",
  imported: (n: number) => `${pictures(n)} added.`,
  importedSome: (added: number, known: number) =>
    `${pictures(added)} added, ${number(known)} were here already.`,
  noHistory: (name: string) => `${name} is not an exported history. Nothing was imported.`,
  tooLarge: (name: string, most: number, entries: number) =>
    `${name} is too large: at most ${bytes(most)} and ${pictures(entries)} are imported at once. Nothing was imported.`,
  leftOut: (n: number, entry: number, field: string, rule: string) =>
    `${n === 1 ? "1 entry was" : `${number(n)} entries were`} left out. Entry ${number(entry)}: “${field}” must be ${rule}.`,
  rules: {
    text: (most: number) => `text of at most ${number(most)} characters`,
    address: (most: number) => `a web address of at most ${number(most)} characters`,
    number: (most: number) => `a whole number up to ${number(most)}`,
    date: "a date",
  },
  notKept: "The browser could not keep it; its disk may be full. Nothing was imported.",
  clear: "Clear the list",
  clearQuestion: (n: number) =>
    `Forget ${n === 1 ? "this picture" : `all ${pictures(n)}`} on this device? They stay online, but can no longer be deleted from here.`,
  clearConfirm: "Yes, forget them",
  clearKeep: "Keep the list",
});

const zh: typeof en = ({ number, bytes, pictures }) => ({
  lead: "这份列表只保存在这个浏览器里。清除浏览器数据会连同删除这些图片的凭证一起丢失；导出的文件可以恢复它。",
  search: "按名称搜索",
  count: pictures,
  countOf: (found, all) => `${number(found)} / ${pictures(all)}`,
  expired: "已过期",
  more: "显示更多",
  empty: "还没有图片。上传的图片会出现在这里。",
  unavailable: "浏览器没有为本页保存数据（可能是隐私窗口），因此没有历史记录。",
  export: "导出",
  import: "导入",
  imported: (n) => `已添加 ${pictures(n)}。`,
  importedSome: (added, known) => `已添加 ${pictures(added)}，另有 ${number(known)} 张原本就在。`,
  noHistory: (name) => `${name} 不是从这里导出的历史记录。没有导入任何内容。`,
  tooLarge: (name, most, entries) =>
    `${name} 太大：一次最多导入 ${bytes(most)}、${pictures(entries)}。没有导入任何内容。`,
  leftOut: (n, entry, field, rule) =>
    `略过了 ${number(n)} 条。第 ${number(entry)} 条的“${field}”必须是${rule}。`,
  rules: {
    text: (most) => `不超过 ${number(most)} 个字符的文字`,
    address: (most) => `不超过 ${number(most)} 个字符的网址`,
    number: (most) => `不超过 ${number(most)} 的整数`,
    date: "日期",
  },
  notKept: "浏览器没能保存，磁盘可能已满。没有导入任何内容。",
  clear: "清空列表",
  clearQuestion: (n) => `要在这台设备上忘掉这 ${pictures(n)}吗？图片仍在网上，但无法再从这里删除。`,
  clearConfirm: "确认清空",
  clearKeep: "保留列表",
});

export type HistoryWords = ReturnType<typeof en>;
export const historyWords = { en, "zh-CN": zh };
