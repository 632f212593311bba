import type { IntakeWords } from "../intake";
import type { Words } from "../part";

export const words: Words<IntakeWords> = ({ number }) => ({
  leftOut: ({ hidden, noExtension, notPicture }) => {
    const reasons = [
      hidden > 0 ? `${number(hidden)} 个是隐藏文件` : "",
      noExtension > 0 ? `${number(noExtension)} 个没有扩展名` : "",
      notPicture > 0 ? `${number(notPicture)} 个不是图片` : "",
    ].filter(Boolean);
    return `文件夹里有 ${number(hidden + noExtension + notPicture)} 个文件已略过：${reasons.join("，")}。`;
  },
  nothingPasted: "剪贴板里没有图片。",
  nothingDropped: "拖进来的不是图片。",
  elsewhere: "无法直接从其他网站取用图片。请先保存图片，或复制图片后粘贴到这里。",
  question: "要上传所复制内容的图片吗？",
  hint: "你复制的是文字，程序另外附上了一张它的图片。拿到链接的人都能看到其中的内容。",
  yes: "上传图片",
  no: "不上传",
  close: "关闭这条提示",
});
