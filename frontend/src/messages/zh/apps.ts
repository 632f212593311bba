import type { AppsWords } from "../apps";
import type { Words } from "../part";

export const words: Words<AppsWords> = () => ({
  title: "从其他应用上传",
  lead: "为你可能已在使用的程序准备的设置，已填好本服务器的地址。",
  off: "此服务器不接受其他程序上传的图片。请在网页上上传。",
  token: "浏览器会把它写进你在这里下载的文件；下载本身不会发送它。",
  noToken: "不填的话，文件里会留有 YOUR_ACCESS_TOKEN：请在那里换成你的令牌。",
  download: "下载",
  downloadOf: (name) => `下载 ${name} 的设置`,
  downloaded: (file) => `已下载 ${file}。`,
  failed: (reason) => `文件下载失败。${reason}`,
  badToken: "ShareX 无法发送含有 %、{、}、\\ 或 | 的令牌。请向服务器的管理者另要一个。",
  sendsNoToken:
    "这个程序无法发送访问令牌。请在你的电脑上运行命令 imghost：由它保管令牌，程序则上传到它那里。",
  setUp: "设置方法",
  copy: "复制",
  copyOf: (label, name) => `复制 ${name} 的 ${label}`,
  fieldOf: (label, name) => `${name} 的 ${label}`,
  programs: {
    sharex: {
      line: "截图和文件，链接自动复制，历史记录里有删除链接。",
      steps: [
        "用 ShareX 打开下载的文件，询问是否使用时选择“是”。",
        "历史记录里的“Delete URL”会打开本服务器的页面，确认后才删除。",
        "Lumeshot（macOS）和 XerahS 也能读取这个文件。",
      ],
    },
    picgo: {
      line: "上传剪贴板里的图片，也可供 Typora 等编辑器使用。",
      steps: [
        "安装插件 web-uploader。",
        "在插件设置里填入下列内容并选用它。也可以用命令行：picgo -c picgo.json upload a.png",
      ],
    },
    piclist: {
      line: "与 PicGo 类似，无需插件。",
      steps: ["新建一个自定义图床（advancedplist），填入下载的文件里的内容。"],
    },
    obsidian: {
      line: "粘贴到笔记里的图片，需要插件 Image auto upload。",
      steps: ["安装插件 Image auto upload。", "上传器选择 PicGo，打开“Remote server mode”，并填入这个地址："],
    },
    upic: {
      line: "从菜单栏上传截图和文件。",
      steps: ["在偏好设置的图床里导入下载的文件，然后选用新的图床。"],
    },
    ishare: {
      line: "从菜单栏截图。",
      steps: ["用 ishare 打开下载的文件，并选为上传器。"],
    },
    flameshot: {
      line: "可以涂画的截图，链接自动复制。",
      steps: [
        "Flameshot 不能上传到自己的服务器，所以由这个脚本启动它。需要 curl，以及 wl-clipboard 或 xclip。",
        "把脚本设为可执行，并在桌面设置里给它一个快捷键。",
      ],
    },
    ksnip: {
      line: "可以涂画的截图，由它的脚本上传器上传。",
      steps: ["把下载的脚本设为可执行。需要 curl。", "在 ksnip 的设置里选择脚本上传器，并选择这个脚本。"],
    },
    spectacle: {
      line: "截取屏幕的一部分，链接自动复制。",
      steps: [
        "这个脚本会启动 Spectacle。需要 curl，以及 wl-clipboard 或 xclip。",
        "把脚本设为可执行，并在桌面设置里给它一个快捷键。",
      ],
    },
    gnome: {
      line: "截取屏幕的一部分，链接自动复制。",
      steps: [
        "这个脚本会启动程序 gnome-screenshot。需要它、curl，以及 wl-clipboard 或 xclip。",
        "把脚本设为可执行，并在桌面设置里给它一个快捷键。",
      ],
    },
    imgFast: {
      line: "粘贴到 Markdown 里的图片。",
      steps: ["安装扩展 Img Fast。", "把下载的文件里的内容复制到你的设置（JSON）里。"],
    },
    curl: {
      line: "用于终端或你自己的脚本：输出的就是链接。",
      steps: ["不用脚本，上传一张：", "用脚本上传多张：sh curl.sh *.png"],
    },
    shortcut: {
      line: "从 iPhone、iPad 或 Mac 的共享菜单上传。",
      steps: [
        "新建一个从共享菜单接收图像的快捷指令。",
        "添加操作“获取 URL 内容”：填入这个地址，方法为 POST，请求体为表单。表单有一个文件类型的字段：键为 file，值为快捷指令输入。",
        "添加操作“获取词典值”，键为 viewURL；再添加“拷贝至剪贴板”。",
      ],
    },
    chevereto: {
      line: "支持 Chevereto 服务器（API 第 1 版）的任何程序。",
      steps: ["填入这个地址。程序要求 key 时，填访问令牌。"],
    },
    uppy: {
      line: "用在你自己的网页里：访客拖入的图片直接存入存储。",
      steps: [
        "请服务器的管理者把你网页的来源加入 CORS_ORIGINS。",
        "从下载的文件导入 useImageHost，并把你的 Uppy 交给它。文件里的访问令牌，每个访客都能看到。",
      ],
    },
  },
});
