/** What lets a person choose HEIC pictures in a file dialog: some systems know the type, others the ending. */
const CHOOSABLE = ["image/heic", "image/heif", ".heic", ".heif"];

/**
 * What to add to the types that a file dialog offers. Nothing on an iPhone or iPad: they convert HEIC to JPEG by
 * themselves, quickly and well, for a page that does not ask for HEIC.
 */
export function choosableHeic({ userAgent, maxTouchPoints }: Navigator): readonly string[] {
  // An iPad calls itself a Mac; no Mac has a touch screen.
  const isPhone = /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);
  return isPhone ? [] : CHOOSABLE;
}
