import type { Trace } from "../pictures/traces";
import type { Messages } from "./en";
import { formatsOf, regional } from "./format";

const formats = formatsOf(regional("ja"));
const { number, percent, bytes, types } = formats;
const allOf = (words: string[]) => words.join("、");

const pictures = (n: number) => `画像 ${number(n)} 枚`;

const traceNames: Record<Trace, string> = {
  location: "撮影場所",
  camera: "カメラ",
  date: "撮影日時",
  author: "作者",
  text: "説明文",
  video: "動画",
  sound: "音声",
  hdr: "HDR 版",
  preview: "埋め込みプレビュー",
  other: "その他の情報",
};

export const ja: Messages = {
  tag: "ja",
  siteName: "Image Host",
  language: "言語",
  home: "アップロード",
  apps: "ほかのアプリからアップロード",
  ...formats,
  pictures,
  problem: {
    empty: "このファイルは空です。",
    too_large: (size, limit) => `この画像は ${size} です。上限は ${limit} です。`,
    type_not_accepted: (types) => `${types} の画像ではありません。`,
    svg: "SVG ファイルにはスクリプトが含まれることがあるため、受け付けていません。PNG に書き出してからアップロードしてください。",
    heic: "この HEIC 写真を変換できません。壊れている可能性があります。JPEG で保存してからアップロードしてください。",
    heic_too_large:
      "この HEIC 写真は 5,000 万ピクセルを超えているため、ここでは変換できません。JPEG で保存してからアップロードしてください。",
    heic_stopped:
      "この HEIC 写真の変換に時間がかかりすぎたか、メモリーが足りませんでした。ほかのページを閉じてもう一度お試しになるか、JPEG で保存してからアップロードしてください。",
    unreadable:
      "このファイルを読み込めません。フォルダーであるか、移動または変更された可能性があります。もう一度選択してください。",
    metadata:
      "このファイルの隠れた情報を読み取れないため、削除できません。ファイルが壊れている可能性があります。別のソフトで保存し直すか、情報を残す設定にしてください。",
    not_shown:
      "この画像を表示できるブラウザはありません。1 色あたり 8 ビットを超えているか、幅や高さが大きすぎるか、特殊な形式です。別のソフトで通常の JPEG または PNG として保存してください。",
    too_many_pixels: (pixels, limit) =>
      `この画像は ${pixels} ピクセルです。受け付けられるのは ${limit} ピクセルまでです。`,
    interrupted: "この画像を送信し終える前にページが閉じられました。もう一度選択してください。",
    api_unreachable: "サーバーに接続できません。接続を確認して、もう一度お試しください。",
    put: {
      unreachable: (host, page) =>
        `ブラウザがこのサーバーの保存先（${host}）に接続できません。お使いのファイアウォールや拡張機能がブロックしている可能性があります。そうでない場合は、サーバーの管理者が、ブラウザから接続できるように${page ? `し、${page} からのアップロードを許可（CORS）` : ""}する必要があります。`,
      cut: (host) =>
        `このサーバーの保存先（${host}）への接続が、画像の送信中に切れます。ネットワークが不安定な可能性があります。小さい画像なら届く場合は、サーバーの管理者がプロキシの上限を上げる必要があります。`,
      forbidden: (host) =>
        `このサーバーの保存先（${host}）が、アップロードの署名を拒否しました（ステータス 403）。サーバーの管理者は、時計と鍵、そして Host ヘッダーを書き換えるプロキシがないかを確認する必要があります。`,
      too_large: (host, size) =>
        `${host} のプロキシは ${size} のデータを受け付けません（ステータス 413）。小さい画像を選ぶか、サーバーの管理者に上限を上げるよう依頼してください。`,
      refused: (host, status) =>
        `このサーバーの保存先（${host}）が画像を拒否しました（ステータス ${status}）。サーバーの管理者はログで理由を確認できます。`,
      failing: (host, status) =>
        `このサーバーの保存先（${host}）は現在動作していません（ステータス ${status}）。しばらくしてからもう一度お試しください。`,
    },
    unexpected: "このページで問題が発生しました。もう一度お試しください。",
    bad_answer: (status) =>
      `サーバーの応答を理解できませんでした（ステータス ${status}）。再起動中の可能性があります。`,
    server_error: (status) => `サーバーがエラーを返しました（ステータス ${status}）。`,
    server: {
      access_token_required: "このサーバーに画像をアップロードするには、アクセストークンが必要です。",
      invalid_token: "このサーバーが発行したものではないか、別の用途のものです。",
      expired_token: "時間がたちすぎたため、アップロードが無効になりました。もう一度お試しください。",
      foreign_page: "このサーバーは、ほかのサイトから送られた画像を受け付けません。",
      unknown_host: "サーバーはこのアドレス用に設定されていません。正しいアドレスでページを開いてください。",
      rate_limited: "短時間に送られた画像が多すぎます。少し待ってから、もう一度お試しください。",
      relay_busy: "サーバーが混み合っています。少し待ってから、もう一度お試しください。",
      store_unavailable: "サーバーの保存先を現在利用できません。",
      store_misconfigured:
        "サーバーの保存先の設定に誤りがあるか、保存先がサーバーを拒否しています。サーバーの管理者による対応が必要です。",
      store_full:
        "サーバーのディスクがいっぱいのため、現在は画像を受け付けていません。公開済みのリンクは引き続き使えます。しばらくしてからもう一度お試しください。",
      upload_missing: "画像が届きませんでした。もう一度お試しください。",
      upload_changed: "確認中に画像が変わりました。もう一度アップロードしてください。",
      album_missing: "このアルバムはありません。期限が切れた可能性があります。",
      album_deleted: "このアルバムは削除されました。",
      album_changed: "その間にアルバムが変更されました。",
      pictures_missing: "一部の画像がサーバーにありません。削除されたか、期限が切れた可能性があります。",
      deleted: "この画像は削除されました。",
      blocked: "この画像はサーバーの管理者によってブロックされています。",
      refused: "この画像は受け付けられませんでした。",
      refused_by_operator: "サーバーの管理者は、この画像を受け付けていません。",
      verifier_unavailable: "サーバーは現在画像を確認できません。",
      not_an_image: "このファイルは正常な画像ではありません。",
      type_mismatch: "ファイルの実際の形式が、示されたものと異なります。",
      size_mismatch: "届いたファイルのサイズが、示されたものと異なります。もう一度お試しください。",
      too_many_pixels: "この画像のピクセル数は、サーバーの上限を超えています。",
      location_found:
        "この画像には撮影場所が含まれています。このサーバーはそのような画像を受け付けません。位置情報を削除して、もう一度お試しください。",
      body_too_large: "このサーバーには大きすぎます。",
      invalid_request: "サーバーがページからの要求を理解できませんでした。ページを再読み込みしてください。",
      internal_error: "サーバーで問題が発生しました。もう一度お試しください。",
    },
  },

  intro: {
    title: "画像を、リンクに。",
    lead: (hands) =>
      hands === "touch"
        ? "画像を選んで、リンクを共有してください。"
        : `画像を選ぶか、このページにドロップするか、${hands === "ctrl" ? "Ctrl+V" : "⌘V"} で貼り付けてください。`,
  },
  choose: {
    button: "画像を選択",
    limits: (contentTypes, maxBytes) => `${types(contentTypes)}、1 枚 ${bytes(maxBytes)} まで。`,
    privacy: "リンクを推測されることはありませんが、リンクを知っている人は誰でも画像を見られます。",
    dropHere: "ドロップしてアップロード",
    folder: "フォルダーを選択",
    camera: "写真を撮る",
  },
  options: {
    title: "オプション",
    accessToken: "アクセストークン",
    accessTokenHint: "このサーバーにアップロードするには、管理者から受け取ったトークンが必要です。",
  },
  server: {
    unreachable: "サーバーに接続できません。画像の選択はできます。1 枚につき 30 秒間、送信を試みます。",
    retry: "再試行",
    notLoaded: "ページのこの部分を表示できませんでした。接続を確認して、もう一度お試しください。",
    offline: "オフラインです。接続が戻ると、アップロードは自動的に再開します。",
  },
  shared: {
    question: (n) => `${pictures(n)}が共有されました。アップロードしますか？`,
    hint: "ほかのアプリまたはほかのサイトから送られたものです。ご自身で共有したものでなければ、破棄してください。",
    upload: (n) => `${pictures(n)}をアップロード`,
    discard: "破棄",
    discarded: (n) => `${pictures(n)}を破棄しました。`,
  },
  upload: {
    unnamed: "名前のない画像",
    removed: (traces) => `削除した情報：${allOf(traces.map((trace) => traceNames[trace]))}`,
    resized: (before, after) => `${bytes(before)} → ${bytes(after)}`,
    dimensions: (width, height) => `${width} × ${height}`,
    converted: "HEIC から変換",
    progressOf: (name) => `${name} の進行状況`,
    queued: "順番待ち",
    preparing: "準備中",
    signing: "準備中",
    lastBytes: "まもなく完了",
    finishing: "公開中",
    waiting: {
      offline: "接続待ち",
      limited: "一度に多すぎるため、少し待っています",
      busy: "サーバーが混雑中：まもなく再試行します",
      blocked: "接続がブロックされました：まもなく再試行します",
      unanswered: "応答なし：まもなく再試行します",
    },
    done: "アップロード済み",
    deleted: "削除しました。リンクは使えなくなりました。キャッシュに短い間コピーが残ることがあります。",
    cancelled: "キャンセル済み",
    expires: (date) => `${formats.date(date)} まで`,
    refused: "未アップロード",
    failed: "失敗",
    cancel: "キャンセル",
    cancelOf: (name) => `${name} をキャンセル`,
    retry: "再試行",
    retryOf: (name) => `再試行：${name}`,
    linkOf: (name) => `${name} へのリンク`,
    open: "開く",
    openOf: (name) => `${name} を新しいタブで開く`,
    share: "共有",
    shareOf: (name) => `${name} を共有`,
    qr: "QR コード",
    qrTooLong: "このリンクは長すぎて QR コードにできません。代わりにコピーしてください。",
    qrOf: (name) => `${name} へのリンクの QR コード`,
    report: "通報",
    reportOf: (name) => `${name} をサーバーの管理者に通報`,
    delete: "削除",
    deleteOf: (name) => `${name} を削除`,
    deleteQuestion: "この画像を完全に削除しますか？リンクはどこからも使えなくなります。",
    deleteConfirm: "削除する",
    deleteConfirmOf: (name) => `${name} を削除する`,
    deleteKeep: "残す",
    deleteKeepOf: (name) => `${name} を残す`,
    deleting: "削除中",
    deleteFailed: (reason) => `削除できませんでした。${reason}`,
    more: "その他",
    moreOf: (name) => `${name} のその他の操作`,
    select: (name) => `${name} を選択`,
    copyDelete: "削除用リンクをコピー",
    deleteLink: "削除用リンク",
    hide: "非表示",
    hideOf: (name) => `${name} を非表示`,
  },
  copy: {
    link: "リンクをコピー",
    page: "ページへのリンク",
    markdown: "Markdown",
    html: "HTML",
    bbcode: "BBCode",
    formats: {
      link: "リンク",
      page: "ページへのリンク",
      markdown: "Markdown",
      html: "HTML",
      bbcode: "BBCode",
    },
    linkOf: (name) => `リンクをコピー：${name}`,
    pageOf: (name) => `ページへのリンクをコピー：${name}`,
    snippetOf: (format, name) => `${name} の ${format} をコピー`,
    copied: "コピーしました",
    failed: "ブラウザがコピーを許可しませんでした。テキストを選択してあるので、手動でコピーしてください。",
    copy: "コピー",
    names: { link: "リンク", page: "ページへのリンク", markdown: "Markdown", html: "HTML", bbcode: "BBCode" },
    formatOf: (name, format) => `${name} の形式：${format}`,
    close: "閉じる",
  },
  announce: {
    added: (n) => `${pictures(n)}を追加しました。`,
    progress: (fraction) => `${percent(fraction)} アップロードしました。`,
    delayed: (name, reason) => `${name} はまだアップロードされていません。${reason}`,
    done: (name) => `${name} をアップロードしました。リンクを使えます。`,
    refused: (name, reason) => `${name} はアップロードされませんでした。${reason}`,
    failed: (name, reason) => `${name} のアップロードに失敗しました。${reason}`,
    finished: (n) => `完了：${pictures(n)}をアップロードしました。`,
    finishedSome: (done, notDone) =>
      `完了：${pictures(done)}をアップロードしました。${number(notDone)} 枚はできませんでした。`,
    copied: (what) => `${what}をコピーしました。`,
    links: (n) => `リンク ${number(n)} 件`,
    hidden: (name) => `${name} を非表示にしました。`,
    deleted: (name) => `${name} を削除しました。`,
  },
  history: {
    link: "履歴",
    title: "このブラウザからアップロードした画像",
    album: "アルバム",
  },
};
