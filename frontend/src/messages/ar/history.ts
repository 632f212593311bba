import { isolated } from "../format";
import type { HistoryWords } from "../history";
import type { Words } from "../part";

export const words: Words<HistoryWords> = ({ number, bytes, pictures, plural }) => {
  const ofPictures = (n: number) => plural(n, { two: "صورتين", other: pictures(n) });
  return {
    lead: "هذه القائمة وما فيها من روابط الحذف في هذا المتصفح وحده. صدِّرها قبل مسح بيانات المتصفح.",
    search: "البحث بالاسم",
    count: pictures,
    countOf: (found, all) => `${number(found)} من ${ofPictures(all)}`,
    expired: "انتهت المدة",
    more: "عرض المزيد",
    empty: "لا شيء بعد. ما ترفعه يظهر هنا.",
    unavailable: "لا يحفظ هذا المتصفح بيانات لهذه الصفحة (ربما نافذة خاصة؟)، لذلك لا يوجد سجل.",
    unreadable: "تعذرت قراءة السجل. الصور التي فيه ما زالت على الإنترنت.",
    reload: "إعادة المحاولة",
    copyDelete: (n) => plural(n, { one: "نسخ رابط الحذف", two: "نسخ رابطي الحذف", other: "نسخ روابط الحذف" }),
    deleteLinks: (n) => plural(n, { one: "رابط الحذف", two: "رابطا الحذف", other: "روابط الحذف" }),
    deletedSome: (n) => `حُذفت ${pictures(n)}.`,
    export: "تصدير",
    import: "استيراد",
    imported: (n) => (n === 0 ? "لم تُضف أي صورة." : `أُضيفت ${pictures(n)}.`),
    importedSome: (added, known) =>
      `${added === 0 ? "لم تُضف أي صورة" : `أُضيفت ${pictures(added)}`}، وكان ${number(known)} هنا من قبل.`,
    noHistory: (name) => `${isolated(name)} ليس سجلًا مُصدَّرًا. لم يُستورد شيء.`,
    tooLarge: (name, most, entries) =>
      `${isolated(name)} كبير جدًا: لا يُستورد دفعة واحدة أكثر من ${bytes(most)} و${ofPictures(entries)}. لم يُستورد شيء.`,
    leftOut: (n, entry, field, rule) =>
      `${plural(n, {
        one: "استُبعد مُدخل واحد",
        two: "استُبعد مُدخلان",
        few: "استُبعدت # مُدخلات",
        many: "استُبعد # مُدخلًا",
        other: "استُبعد # مُدخل",
      })}. المُدخل ${number(entry)}: يجب أن يكون «${isolated(field)}» ${rule}.`,
    rules: {
      text: (most) => `نصًا لا يزيد على ${number(most)} حرف`,
      address: (most) => `عنوان ويب لا يزيد على ${number(most)} حرف`,
      number: (most) => `عددًا صحيحًا لا يزيد على ${number(most)}`,
      date: "تاريخًا",
    },
    notKept: "تعذر على المتصفح حفظها؛ ربما كان القرص ممتلئًا. لم يُستورد شيء.",
    clear: "مسح القائمة",
    clearQuestion: (n) =>
      plural(n, {
        one: "هل تريد إزالة هذه الصورة من سجل هذا الجهاز؟ تبقى على الإنترنت، لكن لن يمكن حذفها من هنا.",
        two: "هل تريد إزالة الصورتين من سجل هذا الجهاز؟ تبقيان على الإنترنت، لكن لن يمكن حذفهما من هنا.",
        other: `هل تريد إزالة ${pictures(n)} من سجل هذا الجهاز؟ تبقى على الإنترنت، لكن لن يمكن حذفها من هنا.`,
      }),
    clearConfirm: "نعم، إزالة",
    clearKeep: "إبقاء القائمة",
  };
};
