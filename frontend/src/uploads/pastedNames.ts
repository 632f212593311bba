import { renamed } from "../pictures/names";

/** What browsers call pixels that are pasted: they have no name. */
const NAMELESS = /^(image\.(png|jpe?g|gif|webp|avif|bmp|tiff?|heic))?$/i;

/** Return a function that names pasted pictures by the time, so that no two of them have the same name. */
export function createPastedNames(now = () => new Date()): (file: File) => File {
  let last = "";
  let count = 0;
  return (file) => {
    if (!NAMELESS.test(file.name)) return file;
    const stamp = stampOf(now());
    count = stamp === last ? count + 1 : 1;
    last = stamp;
    const extension = file.name.split(".")[1] ?? file.type.split("/")[1] ?? "png";
    return renamed(file, `pasted-${stamp}${count > 1 ? `-${count}` : ""}.${extension.toLowerCase()}`);
  };
}

/** Local time, in characters that every file system takes, in the order of time: 2026-11-27-09.41.05. */
function stampOf(time: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  return `${day}-${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(".")}`;
}
