import { isolated } from "../format";
import type { OptionsWords } from "../options";
import type { Words } from "../part";

export const words: Words<OptionsWords> = ({ number, bytes, percent, plural }) => ({
  metadata: "حذف الموقع والكاميرا والتفاصيل المخفية الأخرى",
  metadataHint: "تبقى الصورة نفسها كما هي تمامًا، ولا تُحوَّل إلا صور HEIC.",
  smallerHint: "الصورة المصغَّرة تُحفظ من جديد، ولا تُبقي شيئًا منها في أي حال.",
  expiry: "الحذف التلقائي",
  never: "أبدًا",
  afterDays: (days) =>
    plural(days, {
      one: "بعد يوم واحد",
      two: "بعد يومين",
      few: "بعد # أيام",
      many: "بعد # يومًا",
      other: "بعد # يوم",
    }),
  size: "التصغير",
  original: "لا، أبقِ الأصل",
  longestSide: (pixels) => `إلى ${number(pixels)} بكسل على الأكثر`,
  format: "الصيغة",
  quality: "الجودة",
  qualityOf: (quality) => percent(quality),
  becomes: (name, before, after) => `${isolated(name)}: ${bytes(before)} ← ${bytes(after)}`,
  fromNowOn: "يسري هذا على الصور التي تضيفها من الآن.",
  chips: "الخيارات المفعَّلة",
  deletedAfter: (days) =>
    plural(days, {
      one: "تُحذف بعد يوم واحد",
      two: "تُحذف بعد يومين",
      few: "تُحذف بعد # أيام",
      many: "تُحذف بعد # يومًا",
      other: "تُحذف بعد # يوم",
    }),
  noMoreThan: (pixels, format, quality) => `${number(pixels)} بكسل على الأكثر، ${format} ${percent(quality)}`,
  metadataKept: "تبقى البيانات الوصفية",
  metadataKeptUnlessSmaller: "تبقى البيانات الوصفية ما لم تُصغَّر الصورة",
  turnOff: (option) => `إيقاف: ${option}`,
  turnedOff: (option) => `أُوقف: ${option}.`,
});
