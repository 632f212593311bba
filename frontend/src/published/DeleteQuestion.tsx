import { useMessages } from "../messages/useMessages";
import { Dialog } from "../ui/Dialog";
import { Question } from "../ui/Question";

interface DeleteQuestionProps {
  name: string;
  onYes: () => void;
  onClose: () => void;
}

/** Asks before a picture is deleted from the server. */
export function DeleteQuestion({ name, onYes, onClose }: DeleteQuestionProps) {
  const { upload: words } = useMessages();
  return (
    <Dialog label={words.deleteOf(name)} onClose={onClose}>
      <Question
        text={words.deleteQuestion}
        yes={[words.deleteConfirm, words.deleteConfirmOf(name)]}
        no={[words.deleteKeep, words.deleteKeepOf(name)]}
        onYes={() => {
          onClose();
          onYes();
        }}
        onNo={onClose}
      />
    </Dialog>
  );
}
