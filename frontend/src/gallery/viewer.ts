import { make, makeButton } from "./make";
import { isGone, type Shown } from "./pictures";

/** Pixels that a finger goes sideways to turn the page. */
const SWIPE = 40;

/** Show the pictures large, one at a time, when a person opens one: by click, keys or swipe. */
export function addViewer(pictures: readonly Shown[]): void {
  const image = make("img");
  const caption = make("figcaption", { dir: "auto" });
  const place = make("p", { className: "place" });
  place.setAttribute("role", "status");
  const open = make("a", { className: "button", textContent: "Open" });
  const stage = make("figure", { className: "stage" }, image);
  const bar = make(
    "div",
    { className: "bar" },
    makeButton("‹", () => step(-1), "Previous picture"),
    makeButton("›", () => step(1), "Next picture"),
    place,
    open,
    makeButton("×", () => dialog.close(), "Close"),
  );
  const dialog = make(
    "dialog",
    { className: "viewer", ariaLabel: "One picture, large" },
    bar,
    stage,
    caption,
  );
  let at = 0;

  const show = (index: number) => {
    const picture = pictures[index];
    if (!picture) return;
    at = index;
    // The last one would stay in sight until this one is there.
    image.removeAttribute("src");
    image.alt = picture.caption || picture.filename;
    image.src = picture.viewURL;
    open.href = picture.viewURL;
    open.ariaLabel = `Open ${picture.filename}`;
    caption.textContent = picture.caption;
    place.textContent = `${index + 1} of ${pictures.length}`;
    const next = pictures[index + 1];
    if (next && !isGone(next)) make("img", { src: next.viewURL });
  };
  /** Go to the next picture that is there, in one direction. */
  const step = (by: 1 | -1, from = at + by) => {
    let index = from;
    for (let each = pictures[index]; each && isGone(each); each = pictures[index]) index += by;
    show(index);
  };

  dialog.addEventListener("keydown", ({ key }) => {
    if (key === "ArrowRight") step(1);
    if (key === "ArrowLeft") step(-1);
    if (key === "Home") step(1, 0);
    if (key === "End") step(-1, pictures.length - 1);
  });
  // Escape closes it as well. The focus goes to the picture that was seen last.
  dialog.addEventListener("close", () => {
    image.removeAttribute("src");
    pictures[at]?.link.focus();
  });
  listenForSwipes(stage, step);

  for (const [index, { link }] of pictures.entries())
    link.addEventListener("click", (event) => {
      if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      if (!dialog.isConnected) document.body.append(dialog);
      show(index);
      dialog.showModal();
    });
}

function listenForSwipes(stage: HTMLElement, step: (by: 1 | -1) => void): void {
  let begin: PointerEvent | undefined;
  stage.addEventListener("pointerdown", (event) => {
    // A mouse has buttons; a second finger, or a page that is enlarged, means something else.
    const swipes = event.pointerType !== "mouse" && event.isPrimary && visualViewport?.scale === 1;
    begin = swipes ? event : undefined;
  });
  stage.addEventListener("pointerup", (event) => {
    if (!begin) return;
    const across = event.clientX - begin.clientX;
    if (Math.abs(across) > SWIPE && Math.abs(across) > 2 * Math.abs(event.clientY - begin.clientY))
      step(across < 0 ? 1 : -1);
    begin = undefined;
  });
  stage.addEventListener("pointercancel", () => {
    begin = undefined;
  });
}
