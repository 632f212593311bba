import type { Trace } from "../pictures/traces";
import type { Messages } from "./en";
import { formatsOf, isolated, leftToRight, regional } from "./format";

const locale = regional("ar");
const formats = formatsOf(locale);
const { number, percent, bytes, types, plural } = formats;
const allOf = new Intl.ListFormat(locale, { type: "conjunction" });

/** What is counted, as a subject: “صورتان”. */
const pictures = (n: number) =>
  plural(n, {
    zero: "لا صور",
    one: "صورة واحدة",
    two: "صورتان",
    few: "# صور",
    many: "# صورة",
    other: "# صورة",
  });
/** What is counted, after a preposition, a verbal noun or as an object: “صورتين”. */
const ofPictures = (n: number) => plural(n, { two: "صورتين", other: pictures(n) });

const traceNames: Record<Trace, string> = {
  location: "الموقع",
  camera: "الكاميرا",
  date: "التاريخ",
  author: "المؤلف",
  text: "التعليقات",
  video: "الفيديو",
  sound: "الصوت",
  hdr: "نسخة HDR",
  preview: "المعاينات المضمَّنة",
  other: "تفاصيل أخرى",
};

/** Names and addresses are isolated: their own direction must not tear the sentence apart. */
export const ar: Messages = {
  tag: "ar",
  siteName: "Image Host",
  language: "اللغة",
  home: "رفع الصور",
  apps: "الرفع من تطبيقات أخرى",
  ...formats,
  pictures,
  problem: {
    empty: "هذا الملف فارغ.",
    too_large: (size, limit) => `حجم هذه الصورة ${size}، والحد الأقصى ${limit}.`,
    type_not_accepted: (types) => `هذه ليست صورة من نوع ${types}.`,
    svg: "قد تحتوي ملفات SVG على نصوص برمجية، لذلك لا تُقبل. صدِّر الصورة بصيغة PNG وارفعها.",
    heic: "يتعذر تحويل صورة HEIC هذه. ربما كانت تالفة. احفظها بصيغة JPEG وارفعها.",
    heic_too_large:
      "في صورة HEIC هذه أكثر من 50 مليون بكسل، وهذا أكثر من أن يُحوَّل هنا. احفظها بصيغة JPEG وارفعها.",
    heic_stopped:
      "استغرق تحويل صورة HEIC هذه وقتًا أطول من اللازم، أو احتاج إلى ذاكرة أكبر. أغلق الصفحات الأخرى وأعد المحاولة، أو احفظها بصيغة JPEG وارفعها.",
    unreadable: "تتعذر قراءة هذا الملف. ربما كان مجلدًا، أو نُقل أو تغيَّر. اختره من جديد.",
    metadata:
      "تتعذر قراءة التفاصيل المخفية في هذا الملف، فلا يمكن حذفها. ربما كان تالفًا. احفظه من جديد ببرنامج آخر، أو اختر الإبقاء على التفاصيل.",
    not_shown:
      "لا يستطيع أي متصفح عرض هذه الصورة: ففيها أكثر من 8 بت لكل لون، أو عرضها أو ارتفاعها كبير جدًا، أو هي من نوع آخر غير مألوف. احفظها ببرنامج آخر بصيغة JPEG أو PNG عادية.",
    too_many_pixels: (pixels, limit) => `في الصورة ${pixels} بكسل، والحد الأقصى المقبول ${limit}.`,
    interrupted: "أُغلقت الصفحة قبل اكتمال إرسال هذه الصورة. اخترها من جديد.",
    api_unreachable: "يتعذر الوصول إلى الخادم. تحقق من اتصالك، ثم أعد المحاولة.",
    put: {
      unreachable: (host, page) =>
        `لا يصل متصفحك إلى ${leftToRight(host)}، وهو مخزن هذا الخادم. ربما يحجبه جدار حماية أو إضافة لديك. وإلا فعلى مسؤول الخادم أن يجعله متاحًا للمتصفحات${page ? `، وأن يسمح فيه بالرفع من ${leftToRight(page)} (CORS)` : ""}.`,
      cut: (host) =>
        `ينقطع الاتصال بـ ${leftToRight(host)}، وهو مخزن هذا الخادم، في أثناء إرسال الصورة. ربما كانت شبكتك ضعيفة. وإن كانت الصور الأصغر تصل، فعلى مسؤول الخادم أن يرفع حد الوكيل (proxy) هناك.`,
      forbidden: (host) =>
        `رفض ${leftToRight(host)}، وهو مخزن هذا الخادم، توقيع هذا الرفع (الحالة 403). على مسؤول الخادم أن يتحقق من الساعة والمفاتيح، ومن أن لا وكيل (proxy) يغيّر الترويسة Host.`,
      too_large: (host, size) =>
        `لا يقبل الوكيل (proxy) لدى ${leftToRight(host)} ما حجمه ${size} (الحالة 413). اختر صورة أصغر، أو اطلب من مسؤول الخادم رفع الحد.`,
      refused: (host, status) =>
        `رفض ${leftToRight(host)}، وهو مخزن هذا الخادم، الصورة (الحالة ${status}). يجد مسؤول الخادم السبب في سجله.`,
      failing: (host, status) =>
        `لا يعمل ${leftToRight(host)}، وهو مخزن هذا الخادم، في الوقت الحالي (الحالة ${status}). أعد المحاولة لاحقًا.`,
    },
    unexpected: "حدث خطأ في هذه الصفحة. أعد المحاولة.",
    bad_answer: (status) => `تعذر فهم رد الخادم (الحالة ${status}). ربما يُعاد تشغيله الآن.`,
    server_error: (status) => `رد الخادم بخطأ (الحالة ${status}).`,
    server: {
      access_token_required: "لا يقبل هذا الخادم الصور إلا ممن لديه رمز وصول.",
      invalid_token: "هذا الرمز ليس من هذا الخادم، أو هو لغرض آخر.",
      expired_token: "مضى وقت طويل ولم يعد الرفع صالحًا. أعد المحاولة.",
      foreign_page: "لا يقبل هذا الخادم صورًا يرسلها موقع آخر.",
      unknown_host: "لم يُعدَّ الخادم لهذا العنوان. افتح الصفحة على عنوانها الصحيح.",
      rate_limited: "صور كثيرة في وقت قصير. انتظر قليلًا، ثم أعد المحاولة.",
      relay_busy: "الخادم مشغول الآن. أعد المحاولة بعد لحظات.",
      store_unavailable: "مخزن الخادم غير متاح في الوقت الحالي.",
      store_misconfigured: "إعداد مخزن الخادم خاطئ، أو أن المخزن يرفض الخادم. على مسؤول الخادم إصلاح ذلك.",
      store_full: "قرص الخادم ممتلئ، فلا يقبل صورًا في الوقت الحالي. تبقى الروابط صالحة. أعد المحاولة لاحقًا.",
      upload_missing: "لم تصل الصورة. أعد المحاولة.",
      upload_changed: "تغيّرت الصورة في أثناء فحصها. ارفعها من جديد.",
      album_missing: "لا يوجد هذا الألبوم. ربما انتهت مدته.",
      album_deleted: "حُذف هذا الألبوم.",
      album_changed: "عُدّل الألبوم في هذه الأثناء.",
      pictures_missing: "بعض هذه الصور لم تعد على الخادم. ربما حُذفت أو انتهت مدتها.",
      deleted: "حُذفت هذه الصورة.",
      blocked: "حجب مسؤول هذا الخادم هذه الصورة.",
      refused: "لم تُقبل هذه الصورة.",
      refused_by_operator: "لا يقبل مسؤول هذا الخادم هذه الصورة.",
      verifier_unavailable: "لا يستطيع الخادم فحص الصور في الوقت الحالي.",
      not_an_image: "هذا الملف ليس صورة سليمة.",
      type_mismatch: "نوع الملف يختلف عن النوع المعلن.",
      size_mismatch: "وصل الملف بحجم يختلف عن الحجم المعلن. أعد المحاولة.",
      too_many_pixels: "في هذه الصورة بكسلات أكثر مما يقبله هذا الخادم.",
      location_found:
        "تبيّن هذه الصورة مكان التقاطها، ولا يقبل هذا الخادم صورًا كهذه. احذف الموقع منها، ثم أعد المحاولة.",
      body_too_large: "هذا أكبر مما يقبله الخادم.",
      invalid_request: "لم يفهم الخادم طلب الصفحة. أعد تحميل الصفحة.",
      internal_error: "حدث خطأ في الخادم. أعد المحاولة.",
    },
  },

  intro: {
    title: "ضع صورًا، وخذ روابط.",
    lead: (hands) =>
      hands === "touch"
        ? "اختر صورًا، وشارك روابطها."
        : `اختر صورًا، أو أفلتها في أي مكان من هذه الصفحة، أو ألصقها (${leftToRight(hands === "ctrl" ? "Ctrl+V" : "⌘V")}).`,
  },
  choose: {
    button: "اختيار الصور",
    limits: (contentTypes, maxBytes) => `${types(contentTypes)}، بحد أقصى ${bytes(maxBytes)} لكل صورة.`,
    privacy: "لا يمكن تخمين الرابط، لكن كل من لديه الرابط يستطيع رؤية الصورة.",
    dropHere: "أفلِت للرفع",
    folder: "اختيار مجلد",
    camera: "التقاط صورة",
  },
  options: {
    title: "خيارات",
    accessToken: "رمز الوصول",
    accessTokenHint: "لا يقبل هذا الخادم الصور إلا برمز من مسؤوله.",
  },
  server: {
    unreachable: "يتعذر الوصول إلى الخادم. ومع ذلك يمكنك اختيار الصور: تستمر محاولة رفع كل صورة نصف دقيقة.",
    retry: "إعادة المحاولة",
    notLoaded: "تعذر عرض هذا الجزء من الصفحة. تحقق من اتصالك، ثم أعد المحاولة.",
    offline: "أنت غير متصل بالإنترنت. يُستأنف الرفع تلقائيًا عند عودة الاتصال.",
  },
  shared: {
    question: (n) =>
      plural(n, {
        one: "تمت مشاركة صورة واحدة: هل تريد رفعها؟",
        two: "تمت مشاركة صورتين: هل تريد رفعهما؟",
        other: `تمت مشاركة ${ofPictures(n)}: هل تريد رفعها؟`,
      }),
    hint: "أرسل هذا إلى هنا تطبيق آخر أو موقع آخر. تجاهل ما لم تشاركه بنفسك.",
    upload: (n) => `رفع ${ofPictures(n)}`,
    discard: "تجاهل",
    discarded: (n) => `جرى تجاهل ${ofPictures(n)}.`,
  },
  upload: {
    unnamed: "صورة بلا اسم",
    removed: (traces) => `ما حُذف: ${allOf.format(traces.map((trace) => traceNames[trace]))}`,
    resized: (before, after) => `${bytes(before)} ← ${bytes(after)}`,
    dimensions: (width, height) => leftToRight(`${width} × ${height}`),
    converted: "محوَّلة من HEIC",
    progressOf: (name) => `تقدم ${isolated(name)}`,
    queued: "في انتظار دورها",
    preparing: "قيد التحضير",
    signing: "قيد التحضير",
    lastBytes: "أوشكت على الانتهاء",
    finishing: "قيد النشر",
    waiting: {
      offline: "في انتظار الاتصال",
      limited: "طلبات كثيرة دفعة واحدة: انتظار لحظة",
      busy: "الخادم مشغول: تُعاد المحاولة قريبًا",
      blocked: "الوصول محجوب: تُعاد المحاولة قريبًا",
      unanswered: "لا رد: تُعاد المحاولة قريبًا",
    },
    done: "رُفعت",
    deleted: "حُذفت. لم يعد الرابط يعمل؛ وقد تبقى نسخة في ذاكرات التخزين المؤقت مدة قصيرة.",
    cancelled: "أُلغيت",
    expires: (date) => `حتى ${formats.date(date)}`,
    refused: "لم تُرفع",
    failed: "فشل الرفع",
    cancel: "إلغاء",
    cancelOf: (name) => `إلغاء ${isolated(name)}`,
    retry: "إعادة المحاولة",
    retryOf: (name) => `إعادة المحاولة: ${isolated(name)}`,
    linkOf: (name) => `رابط ${isolated(name)}`,
    open: "فتح",
    openOf: (name) => `فتح ${isolated(name)} في علامة تبويب جديدة`,
    share: "مشاركة",
    shareOf: (name) => `مشاركة ${isolated(name)}`,
    qr: "رمز QR",
    qrTooLong: "هذا الرابط أطول من أن يتسع له رمز QR. انسخه بدلًا من ذلك.",
    qrOf: (name) => `رمز QR لرابط ${isolated(name)}`,
    report: "إبلاغ",
    reportOf: (name) => `إبلاغ مسؤول هذا الخادم عن ${isolated(name)}`,
    delete: "حذف",
    deleteOf: (name) => `حذف ${isolated(name)}`,
    deleteQuestion: "هل تريد حذف هذه الصورة نهائيًا؟ سيتوقف رابطها عن العمل في كل مكان.",
    deleteConfirm: "نعم، حذف",
    deleteConfirmOf: (name) => `نعم، حذف ${isolated(name)}`,
    deleteKeep: "إبقاء",
    deleteKeepOf: (name) => `إبقاء ${isolated(name)}`,
    deleting: "قيد الحذف",
    deleteFailed: (reason) => `تعذر الحذف. ${reason}`,
    more: "المزيد",
    moreOf: (name) => `المزيد عن ${isolated(name)}`,
    select: (name) => `تحديد ${isolated(name)}`,
    copyDelete: "نسخ رابط الحذف",
    deleteLink: "رابط الحذف",
    hide: "إخفاء",
    hideOf: (name) => `إخفاء ${isolated(name)}`,
  },
  copy: {
    link: "نسخ الرابط",
    page: "رابط الصفحة",
    markdown: "Markdown",
    html: "HTML",
    bbcode: "BBCode",
    formats: { link: "روابط", page: "روابط الصفحات", markdown: "Markdown", html: "HTML", bbcode: "BBCode" },
    linkOf: (name) => `نسخ الرابط: ${isolated(name)}`,
    pageOf: (name) => `نسخ رابط الصفحة: ${isolated(name)}`,
    snippetOf: (format, name) => `نسخ ${format} للصورة ${isolated(name)}`,
    copied: "نُسخ",
    failed: "لم يسمح المتصفح بالنسخ. النص محدَّد: انسخه يدويًا.",
    copy: "نسخ",
    names: { link: "رابط", page: "رابط الصفحة", markdown: "Markdown", html: "HTML", bbcode: "BBCode" },
    formatOf: (name, format) => `صيغة ${isolated(name)}: ${format}`,
    close: "إغلاق",
  },
  announce: {
    added: (n) => `أُضيفت ${pictures(n)}.`,
    progress: (fraction) => `رُفع ${percent(fraction)}.`,
    delayed: (name, reason) => `لم تُرفع ${isolated(name)} بعد. ${reason}`,
    done: (name) => `رُفعت ${isolated(name)}. رابطها جاهز.`,
    refused: (name, reason) => `لم تُرفع ${isolated(name)}. ${reason}`,
    failed: (name, reason) => `فشل رفع ${isolated(name)}. ${reason}`,
    finished: (n) => `اكتمل الرفع: رُفعت ${pictures(n)}.`,
    finishedSome: (done, notDone) =>
      done === 0
        ? `اكتمل العمل، ولم تُرفع ${pictures(notDone)}.`
        : `اكتمل العمل: رُفعت ${pictures(done)}، ولم يُرفع ${number(notDone)}.`,
    copied: (what) => `نُسخ: ${isolated(what)}.`,
    links: (n) =>
      plural(n, {
        zero: "لا روابط",
        one: "رابط واحد",
        two: "رابطان",
        few: "# روابط",
        many: "# رابطًا",
        other: "# رابط",
      }),
    hidden: (name) => `أُخفيت ${isolated(name)}.`,
    deleted: (name) => `حُذفت ${isolated(name)}.`,
  },
  history: {
    link: "السجل",
    title: "ما رُفع من هذا المتصفح",
    album: "ألبوم",
  },
};
