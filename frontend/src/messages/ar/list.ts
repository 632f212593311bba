import type { ListWords } from "../list";
import type { Words } from "../part";

export const words: Words<ListWords> = ({ number, bytes, pictures, plural }) => {
  const ofPictures = (n: number) => plural(n, { two: "صورتين", other: pictures(n) });
  return {
    label: "صورك",
    uploaded: (n) => (n === 0 ? "لم تُرفع أي صورة" : `رُفعت ${pictures(n)}`),
    uploadedOf: (done, total) => `رُفع ${number(done)} من ${ofPictures(total)}`,
    oneLink: "رابط واحد لكل الصور",
    copyAll: "نسخ الكل",
    format: "صيغة ما يُنسخ",
    pause: "إيقاف مؤقت",
    resume: "استئناف",
    paused: "متوقف مؤقتًا",
    pace: (bytesPerSecond) => `${bytes(bytesPerSecond)}/ث`,
    secondsLeft: (n) => `بقي ${number(n)} ث`,
    minutesLeft: (n) => `بقي ${number(n)} د`,
    progress: "تقدم كل عمليات الرفع",
    retryFailed: "إعادة ما فشل",
    clearFinished: "إخفاء ما انتهى",
    cancelAll: "إلغاء الكل",
    filter: "عرض",
    filters: { all: "الكل", failed: "ما فشل", underWay: "قيد الرفع", done: "ما انتهى" },
    view: "طريقة العرض",
    views: { rows: "قائمة", grid: "شبكة" },
    selection: "الصور المحددة",
    selected: (n) =>
      plural(n, {
        zero: "لا شيء محدد",
        one: "حُددت صورة واحدة",
        two: "حُددت صورتان",
        other: `حُددت ${pictures(n)}`,
      }),
    selectAll: "تحديد الكل",
    selectNone: "إلغاء التحديد",
    deleteQuestion: (n) =>
      plural(n, {
        one: "هل تريد حذف هذه الصورة نهائيًا؟ سيتوقف رابطها عن العمل في كل مكان.",
        two: "هل تريد حذف الصورتين نهائيًا؟ سيتوقف رابطاهما عن العمل في كل مكان.",
        other: `هل تريد حذف ${pictures(n)} نهائيًا؟ ستتوقف روابطها عن العمل في كل مكان.`,
      }),
    deleteConfirm: (n) => `نعم، حذف ${ofPictures(n)}`,
    deleteKeep: () => "إبقاء",
    sameCause: (n) => `لم تُرفع ${pictures(n)}`,
    tokenRefused: "هذا الرمز غير مقبول.",
    retryAll: "إعادة محاولة الكل",
    hidden: (n) => `أُخفيت ${pictures(n)}.`,
  };
};
