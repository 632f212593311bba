import type { Problem } from "../api/problem";
import type { Rule } from "../history/file";
import type { Trace } from "../pictures/traces";
import type { Messages } from "./en";
import { formatBytes, typeName } from "./format";

const LOCALE = "zh-CN";
const number = new Intl.NumberFormat(LOCALE);
const percent = new Intl.NumberFormat(LOCALE, { style: "percent" });
const anyOf = new Intl.ListFormat(LOCALE, { type: "disjunction" });
const allOf = (words: string[]) => words.join("、");

const pictures = (n: number) => `${number.format(n)} 张图片`;
const bytes = (n: number) => formatBytes(n, number);
const types = (contentTypes: string[]) => anyOf.format(contentTypes.map(typeName));

const traceNames: Record<Trace, string> = {
  location: "拍摄位置",
  camera: "相机信息",
  date: "拍摄时间",
  author: "作者",
  text: "文字说明",
  video: "视频",
  sound: "声音",
  hdr: "HDR 版本",
  preview: "内嵌预览图",
  other: "其他信息",
};

/** The server speaks English; what it says most often is said here. */
const SERVER: Record<string, string> = {
  access_token_required: "此服务器只接受持有访问令牌的人上传图片。",
  rate_limited: "短时间内上传的图片太多了。请稍等片刻再试。",
  store_unavailable: "图片存储暂时不可用。",
  upload_missing: "图片没有送达。请重试。",
  upload_changed: "检查过程中图片发生了变化。请重新上传。",
  deleted: "这张图片已被删除。",
  not_an_image: "这个文件不是完好的图片。",
  type_mismatch: "文件的实际类型与声明的不同。",
  size_mismatch: "送达的文件大小与声明的不同。请重试。",
  too_many_pixels: "这张图片的像素太多，超出了上限。",
  location_found: "这张图片带有拍摄位置，此服务器不接受这样的图片。请去除位置信息后再上传。",
  expired_token: "上传凭证已过期。请重试。",
  internal_error: "服务器出了问题，已记录下来。请重试。",
};

function serverProblem({ status, serverCode, detail }: Extract<Problem, { code: "server" }>): string {
  if (serverCode === "bad_answer") return `无法理解服务器的回应（状态码 ${status}），它可能正在重启。`;
  return SERVER[serverCode] ?? detail ?? `服务器返回了错误（状态码 ${status}）。`;
}

function mustBe(rule: Rule): string {
  switch (rule.form) {
    case "text":
      return `不超过 ${number.format(rule.most)} 个字符的文字`;
    case "address":
      return `不超过 ${number.format(rule.most)} 个字符的网址`;
    case "number":
      return `不超过 ${number.format(rule.most)} 的整数`;
    case "date":
      return "日期";
  }
}

function problem(p: Problem): string {
  switch (p.code) {
    case "empty":
      return "这个文件是空的。";
    case "too_large":
      return `这张图片有 ${formatBytes(p.size, number, Math.ceil)}，最大只能上传 ${bytes(p.limit)}。`;
    case "type_not_accepted":
      return `这不是 ${types(p.accepted)} 图片。`;
    case "svg":
      return "SVG 图形可能带有程序，因此不予接受。请导出为 PNG 后再上传。";
    case "heic":
      return "大多数浏览器无法显示 HEIC 照片。请存为 JPEG（在 iPhone 上：设置 › 相机 › 格式 › 兼容性最佳）后再上传。";
    case "unreadable":
      return "无法读取这个文件。它可能已被移动、修改，或者是一个文件夹。请重新选择。";
    case "metadata":
      return "无法读取这个文件里隐藏的信息，因此无法去除；文件可能已损坏。请用其他程序重新保存，或者选择保留这些信息。";
    case "not_shown":
      return "没有浏览器能显示这张图片：它的色深超过 8 位、过宽或过高，或格式罕见。请用其他软件另存为普通的 JPEG 或 PNG。";
    case "interrupted":
      return "图片还没传完，页面就被关闭了。请重新选择。";
    case "api_unreachable":
      return "无法连接服务器。请检查网络后重试。";
    case "store_unreachable":
      return "图片没有送达存储。请检查网络后重试。";
    case "store_refused":
      return `存储没有接受这张图片（状态码 ${p.status}）。请重试。`;
    case "server":
      return serverProblem(p);
    case "unexpected":
      return "页面出了问题。请重试。";
  }
}

export const zh: Messages = {
  siteName: "Image Host",
  pageTitle: (done) => (done === undefined ? "Image Host" : `${percent.format(done)} · Image Host`),
  language: "语言",
  bytes,
  typeName,
  problem,

  intro: {
    title: "放进图片，拿走链接。",
    lead: "选择图片，拖到页面任意处，或直接粘贴。",
  },
  choose: {
    button: "选择图片",
    limits: (contentTypes, maxBytes) => `支持 ${types(contentTypes)}，每张不超过 ${bytes(maxBytes)}。`,
    privacy: "链接无法被猜到，但拿到链接的人都能看到图片。",
    dropHere: "松手即可上传",
    folder: "选择文件夹",
    camera: "拍照",
    leftOut: (n) => `文件夹里有 ${number.format(n)} 个文件不是图片，已略过。`,
  },
  choices: {
    title: "选项",
    metadata: "去除拍摄位置、相机等隐藏信息",
    metadataHint: "画面本身分毫不变。",
    expiry: "自动删除",
    expiresIn: (days) => (days === undefined ? "从不" : `${days} 天后`),
    size: "缩小图片",
    original: "不缩小，保留原图",
    longestSide: (pixels) => `最长边 ${number.format(pixels)} 像素`,
    format: "格式",
    quality: "画质",
    accessToken: "访问令牌",
    accessTokenHint: "此服务器只接受持有令牌的人上传，请向管理者索取。",
  },
  server: {
    unreachable: "无法连接服务器。现在选择的图片仍会尝试上传。",
    retry: "重试",
    notLoaded: "页面的这一部分没能显示。请检查网络后重试。",
    offline: "当前没有网络。恢复连接后会自动继续上传。",
  },
  shared: {
    question: (n) => `收到分享来的 ${pictures(n)}，要上传吗？`,
    hint: "它们来自其他应用或其他网站。如果不是你自己分享的，请丢弃。",
    upload: (n) => `上传 ${pictures(n)}`,
    discard: "丢弃",
    discarded: (n) => `已丢弃 ${pictures(n)}。`,
  },
  list: {
    label: "你的图片",
    summary: (done, total) =>
      done === total ? `已上传 ${pictures(total)}` : `已上传 ${number.format(done)} / ${pictures(total)}`,
    copyAll: "全部复制",
    format: "复制的格式",
    pause: "暂停",
    resume: "继续",
    paused: "已暂停",
    pace: (bytesPerSecond) => `${bytes(bytesPerSecond)}/秒`,
    timeLeft: (seconds) =>
      seconds < 60
        ? `还剩 ${number.format(Math.max(1, Math.round(seconds)))} 秒`
        : `还剩 ${number.format(Math.round(seconds / 60))} 分钟`,
    progress: "全部上传的进度",
  },
  upload: {
    unnamed: "未命名图片",
    removed: (traces) => `已去除：${allOf(traces.map((trace) => traceNames[trace]))}`,
    resized: (before, after) => `${bytes(before)} → ${bytes(after)}`,
    dimensions: (width, height) => `${width} × ${height}`,
    percent: (fraction) => percent.format(fraction),
    progressOf: (name) => `${name} 的进度`,
    queued: "等待上传",
    preparing: "准备中",
    signing: "准备中",
    lastBytes: "马上就好",
    finishing: "发布中",
    waiting: { offline: "等待网络", retry: "稍后自动重试" },
    done: "已上传",
    deleted: "已删除，链接不再有效；缓存里的副本可能还会停留片刻。",
    cancelled: "已取消",
    expires: (date) => `有效期至 ${new Date(date).toLocaleDateString(LOCALE, { dateStyle: "medium" })}`,
    refused: "未上传",
    failed: "失败",
    cancel: "取消",
    cancelOf: (name) => `取消 ${name}`,
    retry: "重试",
    retryOf: (name) => `重试：${name}`,
    removeOf: (name) => `从列表中移除 ${name}`,
    linkOf: (name) => `${name} 的链接`,
    open: "打开",
    openOf: (name) => `在新标签页中打开 ${name}`,
    share: "分享",
    shareOf: (name) => `分享 ${name}`,
    qr: "二维码",
    qrTooLong: "这个链接太长，无法生成二维码。请直接复制。",
    qrOf: (name) => `${name} 链接的二维码`,
    delete: "删除",
    deleteOf: (name) => `删除 ${name}`,
    deleteQuestion: "永久删除这张图片吗？它的链接将在所有地方失效。",
    deleteConfirm: "确认删除",
    deleteConfirmOf: (name) => `确认删除 ${name}`,
    deleteKeep: "保留",
    deleteKeepOf: (name) => `保留 ${name}`,
    deleting: "删除中",
    deleteFailed: (reason) => `没能删除。${reason}`,
  },
  copy: {
    link: "复制链接",
    markdown: "Markdown",
    html: "HTML",
    bbcode: "BBCode",
    formats: { link: "链接", markdown: "Markdown", html: "HTML", bbcode: "BBCode" },
    linkOf: (name) => `复制 ${name} 的链接`,
    snippetOf: (format, name) => `复制 ${name} 的 ${format}`,
    copied: "已复制",
    failed: "浏览器不允许复制。文字已选中，请手动复制。",
  },
  announce: {
    added: (n) => `已添加 ${pictures(n)}。`,
    progress: (fraction) => `已上传 ${percent.format(fraction)}。`,
    done: (name) => `${name} 已上传，链接已就绪。`,
    refused: (name, reason) => `${name} 未上传。${reason}`,
    failed: (name, reason) => `${name} 上传失败。${reason}`,
    finished: (done, notDone) =>
      notDone === 0
        ? `全部完成：已上传 ${pictures(done)}。`
        : `全部完成：已上传 ${pictures(done)}，${number.format(notDone)} 张未上传。`,
    copied: (what) => `已复制${what}。`,
    links: (n) => `${number.format(n)} 个链接`,
    removed: (name) => `已从列表中移除 ${name}。`,
    deleted: (name) => `已删除 ${name}。`,
  },
  history: {
    link: "历史记录",
    title: "从这个浏览器上传的图片",
    lead: "这份列表只保存在这个浏览器里。清除浏览器数据会连同删除这些图片的凭证一起丢失；导出的文件可以恢复它。",
    search: "按名称搜索",
    count: (found, all) => (found === all ? pictures(all) : `${number.format(found)} / ${pictures(all)}`),
    uploaded: (time) => new Date(time).toLocaleString(LOCALE, { dateStyle: "medium", timeStyle: "short" }),
    expired: "已过期",
    more: "显示更多",
    empty: "还没有图片。上传的图片会出现在这里。",
    unavailable: "浏览器没有为本页保存数据（可能是隐私窗口），因此没有历史记录。",
    export: "导出",
    import: "导入",
    imported: (added, known) =>
      known === 0
        ? `已添加 ${pictures(added)}。`
        : `已添加 ${pictures(added)}，另有 ${number.format(known)} 张原本就在。`,
    noHistory: (name) => `${name} 不是从这里导出的历史记录。没有导入任何内容。`,
    tooLarge: (name, most, entries) =>
      `${name} 太大：一次最多导入 ${bytes(most)}、${pictures(entries)}。没有导入任何内容。`,
    leftOut: (n, { entry, field, rule }) =>
      `略过了 ${number.format(n)} 条。第 ${number.format(entry)} 条的“${field}”必须是${mustBe(rule)}。`,
    notKept: "浏览器没能保存，磁盘可能已满。没有导入任何内容。",
    clear: "清空列表",
    clearQuestion: (n) => `要在这台设备上忘掉这 ${pictures(n)}吗？图片仍在网上，但无法再从这里删除。`,
    clearConfirm: "确认清空",
    clearKeep: "保留列表",
  },
  deletion: {
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
    home: "上传图片",
  },
};
