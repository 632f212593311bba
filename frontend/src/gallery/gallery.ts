// What an album's page can do with a script. The server draws the page (app/gallery.py), and it is whole without this.

import { leaveGaps, picturesIn } from "./pictures";
import { addTools } from "./tools";
import { addViewer } from "./viewer";

const list = document.querySelector<HTMLElement>(".pictures");
const tools = document.querySelector<HTMLElement>(".actions");
const said = document.querySelector<HTMLElement>(".said");

if (list && tools && said) {
  const pictures = picturesIn(list);
  leaveGaps(pictures);
  addViewer(pictures);
  addTools(tools, said, document.querySelector("h1")?.textContent ?? "", pictures);
}
