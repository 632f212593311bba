import type { IntakeWords } from "../intake";
import type { Words } from "../part";

export const words: Words<IntakeWords> = ({ number, plural }) => ({
  leftOut: ({ hidden, noExtension, notPicture }) => {
    const reasons = [
      hidden > 0 ? `مخفي: ${number(hidden)}` : "",
      noExtension > 0 ? `بلا امتداد: ${number(noExtension)}` : "",
      notPicture > 0 ? `ليس صورة: ${number(notPicture)}` : "",
    ].filter(Boolean);
    const files = plural(hidden + noExtension + notPicture, {
      one: "استُبعد ملف واحد في المجلد",
      two: "استُبعد ملفان في المجلد",
      few: "استُبعدت # ملفات في المجلد",
      many: "استُبعد # ملفًا في المجلد",
      other: "استُبعد # ملف في المجلد",
    });
    return `${files} (${reasons.join("، ")}).`;
  },
  nothingPasted: "لا توجد صورة في الحافظة.",
  nothingDropped: "ما أفلتّه ليس صورة.",
  elsewhere: "لا يمكن أخذ صورة مباشرة من موقع آخر. احفظ الصورة أولًا أو انسخها، ثم ألصقها هنا.",
  question: "هل تريد رفع صورة ما نسخته؟",
  hint: "نسختَ نصًا، وأضاف البرنامج صورة له. كل من لديه الرابط يستطيع قراءته.",
  yes: "رفع الصورة",
  no: "عدم الرفع",
  close: "إغلاق هذا التنبيه",
});
