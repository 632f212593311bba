import { useContext } from "react";
import { listWords } from "../messages/list";
import { useWords } from "../messages/useMessages";
import { Button, type ButtonKind } from "../ui/Button";
import { AlbumContext, type AlbumSource } from "./album";

interface AlbumButtonProps {
  kind?: ButtonKind;
  /** Called when it is pressed. */
  pictures: () => readonly AlbumSource[];
}

/** Offers one link for several pictures. */
export function AlbumButton({ kind, pictures }: AlbumButtonProps) {
  const words = useWords(listWords);
  const begin = useContext(AlbumContext);
  return (
    <Button kind={kind} onClick={() => begin(pictures())}>
      {words.oneLink}
    </Button>
  );
}
