import type { NoticesWords } from "../notices";
import type { Words } from "../part";

export const words: Words<NoticesWords> = ({ pictures }) => ({
  lost: (n) => `${pictures(n)}没有上传`,
  lostHint: "在上传完成之前，标签页就关闭了。",
  gone: (n) => `其中 ${pictures(n)}已无法继续上传，请重新选择。`,
  resume: (n) => `上传 ${pictures(n)}`,
  discard: "放弃",
  resumed: (n) => `已重新加入 ${pictures(n)}。`,
  discarded: (n) => `已放弃 ${pictures(n)}。`,
  unkept: "这个浏览器不保存历史记录",
  unkeptHint: () => "请保存删除链接：没有它，以后就无法删除这些图片。",
  unkeptAhead: "浏览器的存储已满或被禁止。图片上传后，请保存出现在这里的删除链接。",
  copyLinks: () => "复制删除链接",
  copied: () => "删除链接",
  save: "保存为文本",
  link: "链接",
  deleteLink: "删除链接",
  close: "关闭",
});
