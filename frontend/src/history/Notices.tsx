import { useState } from "react";
import type { OpenDatabase } from "../device/database";
import { otherTabs } from "../device/otherTabs";
import { LostUploads } from "../engine/lost";
import type { UploadQueue } from "../engine/queue";
import type { Readable } from "../store";
import { useStore } from "../ui/useStore";
import { LostOffer } from "./LostOffer";
import type { Unkept } from "./record";
import { UnkeptNotice } from "./UnkeptNotice";

export interface NoticesProps {
  openDatabase: OpenDatabase;
  tabName: Promise<string>;
  queue: UploadQueue;
  unkept: Readable<Unkept>;
}

/** What a person must hear before something is lost: pictures that were not sent, and delete links that nobody keeps. */
export function Notices({ openDatabase, tabName, queue, unkept }: NoticesProps) {
  const [lost] = useState(() => new LostUploads(openDatabase, tabName, otherTabs));
  const { blocked, pictures } = useStore(unkept);
  return (
    <>
      <LostOffer lost={lost} queue={queue} />
      {blocked || pictures.length > 0 ? <UnkeptNotice pictures={pictures} /> : null}
    </>
  );
}
