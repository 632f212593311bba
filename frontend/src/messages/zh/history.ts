import type { HistoryWords } from "../history";
import type { Words } from "../part";

export const words: Words<HistoryWords> = ({ number, bytes, pictures }) => ({
  lead: "这份列表和其中的删除链接只保存在这个浏览器里。清除浏览器数据之前请先导出。",
  search: "按名称搜索",
  count: pictures,
  countOf: (found, all) => `${number(found)} / ${pictures(all)}`,
  expired: "已过期",
  more: "显示更多",
  empty: "还没有图片。上传的图片会出现在这里。",
  unavailable: "浏览器没有为本页保存数据（可能是隐私窗口），因此没有历史记录。",
  unreadable: "无法读取历史记录。其中的图片仍在网上。",
  reload: "重试",
  copyDelete: () => "复制删除链接",
  deleteLinks: () => "删除链接",
  deletedSome: (n) => `已删除 ${pictures(n)}。`,
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
