import type { NoticesWords } from "../notices";
import type { Words } from "../part";

export const words: Words<NoticesWords> = ({ pictures, plural }) => {
  const ofPictures = (n: number) => plural(n, { two: "صورتين", other: pictures(n) });
  return {
    lost: (n) => `لم تُرسَل ${pictures(n)}`,
    lostHint: "أُغلقت علامة التبويب قبل اكتمال الرفع.",
    gone: (n) =>
      plural(n, {
        one: "لم يعد ممكنًا إرسال صورة واحدة منها: اخترها من جديد.",
        two: "لم يعد ممكنًا إرسال صورتين منها: اخترهما من جديد.",
        other: `لم يعد ممكنًا إرسال ${pictures(n)} منها: اخترها من جديد.`,
      }),
    resume: (n) => `رفع ${ofPictures(n)}`,
    discard: "تجاهل",
    resumed: (n) => `أُضيفت ${pictures(n)} من جديد.`,
    discarded: (n) => `جرى تجاهل ${ofPictures(n)}.`,
    unkept: "لا يحفظ هذا المتصفح السجل",
    unkeptHint: (n) =>
      plural(n, {
        one: "احفظ رابط الحذف: من دونه لن يمكن حذف هذه الصورة لاحقًا.",
        two: "احفظ رابطي الحذف: من دونهما لن يمكن حذف هاتين الصورتين لاحقًا.",
        other: "احفظ روابط الحذف: من دونها لن يمكن حذف هذه الصور لاحقًا.",
      }),
    unkeptAhead: "مساحة التخزين فيه ممتلئة أو محجوبة. احفظ روابط الحذف التي تظهر هنا بعد رفع الصور.",
    copyLinks: (n) => plural(n, { one: "نسخ رابط الحذف", two: "نسخ رابطي الحذف", other: "نسخ روابط الحذف" }),
    copied: (n) => plural(n, { one: "رابط الحذف", two: "رابطا الحذف", other: "روابط الحذف" }),
    save: "حفظ كنص",
    link: "رابط",
    deleteLink: "رابط الحذف",
    close: "إغلاق",
  };
};
