// What a picture's file is called, on the page and in what is sent. app/storage/objects.py decides the same for what is
// published: tests/tables/names.json tests both.

/** The extensions of each type; the first is the one we give. */
const EXTENSIONS: Record<string, readonly string[]> = {
  "image/jpeg": ["jpg", "jpeg", "jpe", "jfif"],
  "image/png": ["png", "apng"],
  "image/gif": ["gif"],
  "image/webp": ["webp"],
  "image/avif": ["avif"],
  "image/heic": ["heic", "heif", "hif"],
};
/** The extensions of pictures that we don't accept. */
const OTHERS = ["bmp", "dib", "ico", "jp2", "jxl", "svg", "tif", "tiff"];
const PICTURES: readonly string[] = [...Object.values(EXTENSIONS).flat(), ...OTHERS];

/** Control characters, ends of lines, and what turns the direction of the text around it. */
const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Take out what would make a name look like another one: "cat_gpj.exe" can be written to read "cat_exe.jpg". */
export function cleanName(name: string): string {
  return name.replace(CONTROLS, "");
}

/** Give a name an extension of its type: "cat.jpg" that is a PNG becomes "cat.png". What is no picture's extension stays. */
export function nameOfType(name: string, contentType: string): string {
  const right = EXTENSIONS[contentType];
  if (!name || !right || right.includes(extensionOf(name))) return name;
  const wrong = extensionOf(name);
  const stem = PICTURES.includes(wrong) ? name.slice(0, -wrong.length - 1) || "picture" : name;
  return right.includes(extensionOf(stem)) ? stem : `${stem}.${right[0]}`;
}

/** Return the same file under another name. */
export function renamed(file: File, name: string): File {
  return name === file.name
    ? file
    : new File([file], name, { type: file.type, lastModified: file.lastModified });
}

function extensionOf(name: string): string {
  return /\.([^.]*)$/.exec(name)?.[1]?.toLowerCase() ?? "";
}
