import type { Trace } from "../pictures/traces";
import type { Messages } from "./en";
import { formatsOf, regional } from "./format";

const locale = regional("de");
const formats = formatsOf(locale);
const { number, percent, bytes, types, plural } = formats;
const allOf = new Intl.ListFormat(locale, { type: "conjunction" });

const pictures = (n: number) => plural(n, { one: "# Bild", other: "# Bilder" });

const traceNames: Record<Trace, string> = {
  location: "Aufnahmeort",
  camera: "Kamera",
  date: "Datum",
  author: "Urheber",
  text: "Beschreibungen",
  video: "Video",
  sound: "Ton",
  hdr: "HDR-Fassung",
  preview: "eingebettete Vorschaubilder",
  other: "weitere Angaben",
};

/** A German reader is “du”, as in most programs that people use at home. */
export const de: Messages = {
  tag: "de",
  siteName: "Image Host",
  language: "Sprache",
  home: "Hochladen",
  apps: "Aus anderen Programmen hochladen",
  ...formats,
  pictures,
  problem: {
    empty: "Diese Datei ist leer.",
    too_large: (size, limit) => `Dieses Bild ist ${size} groß; erlaubt sind höchstens ${limit}.`,
    type_not_accepted: (types) => `Das ist kein Bild vom Typ ${types}.`,
    svg: "SVG-Dateien können Skripte enthalten und werden deshalb nicht angenommen. Exportiere das Bild als PNG und lade dieses hoch.",
    heic: "Dieses HEIC-Foto lässt sich nicht umwandeln. Vielleicht ist es beschädigt. Speichere es als JPEG und lade dieses hoch.",
    heic_too_large:
      "Dieses HEIC-Foto hat mehr als 50 Millionen Pixel: zu viele, um es hier umzuwandeln. Speichere es als JPEG und lade dieses hoch.",
    heic_stopped:
      "Das Umwandeln dieses HEIC-Fotos hat zu lange gedauert oder zu viel Arbeitsspeicher gebraucht. Schließe andere Seiten und versuche es noch einmal, oder speichere es als JPEG und lade dieses hoch.",
    unreadable:
      "Diese Datei lässt sich nicht lesen. Vielleicht ist sie ein Ordner oder wurde verschoben oder verändert. Wähle sie noch einmal aus.",
    metadata:
      "Die verborgenen Angaben in dieser Datei lassen sich nicht lesen und deshalb auch nicht entfernen. Vielleicht ist sie beschädigt. Speichere sie mit einem anderen Programm neu oder behalte die Angaben bei.",
    not_shown:
      "Kein Browser kann dieses Bild anzeigen: Es hat mehr als 8 Bit pro Farbe, ist zu breit oder zu hoch oder von einer anderen ungewöhnlichen Art. Speichere es mit einem anderen Programm als gewöhnliches JPEG oder PNG.",
    too_many_pixels: (pixels, limit) => `Das Bild hat ${pixels} Pixel; erlaubt sind höchstens ${limit}.`,
    interrupted: "Die Seite wurde geschlossen, bevor dieses Bild gesendet war. Wähle es noch einmal aus.",
    api_unreachable: "Der Server ist nicht erreichbar. Prüfe deine Verbindung und versuche es noch einmal.",
    put: {
      unreachable: (host, page) =>
        `Dein Browser kommt nicht zu ${host} durch, dem Speicher dieses Servers. Vielleicht blockiert ihn bei dir eine Firewall oder eine Erweiterung. Wenn nicht, muss der Betreiber des Servers ihn für Browser erreichbar machen${page ? ` und dort das Hochladen von ${page} aus erlauben (CORS)` : ""}.`,
      cut: (host) =>
        `Die Verbindung zu ${host}, dem Speicher dieses Servers, bricht beim Senden des Bildes ab. Vielleicht ist dein Netz schwach. Wenn kleinere Bilder ankommen, muss der Betreiber des Servers dort das Limit eines Proxys erhöhen.`,
      forbidden: (host) =>
        `${host}, der Speicher dieses Servers, hat die Signatur dieses Uploads abgelehnt (Status 403). Der Betreiber des Servers muss die Uhr und die Schlüssel prüfen und ob ein Proxy den Host-Header verändert.`,
      too_large: (host, size) =>
        `Ein Proxy vor ${host} nimmt nichts an, was ${size} groß ist (Status 413). Wähle ein kleineres Bild oder bitte den Betreiber des Servers, das Limit zu erhöhen.`,
      refused: (host, status) =>
        `${host}, der Speicher dieses Servers, hat das Bild abgelehnt (Status ${status}). Den Grund findet der Betreiber des Servers in dessen Protokoll.`,
      failing: (host, status) =>
        `${host}, der Speicher dieses Servers, funktioniert gerade nicht (Status ${status}). Versuche es später noch einmal.`,
    },
    unexpected: "Auf dieser Seite ist etwas schiefgegangen. Versuche es noch einmal.",
    bad_answer: (status) =>
      `Die Antwort des Servers war nicht zu verstehen (Status ${status}). Vielleicht startet er gerade neu.`,
    server_error: (status) => `Der Server hat mit einem Fehler geantwortet (Status ${status}).`,
    server: {
      access_token_required: "Dieser Server nimmt Bilder nur mit einem Zugriffstoken an.",
      invalid_token: "Dieses Token stammt nicht von diesem Server oder gilt für etwas anderes.",
      expired_token: "Zu viel Zeit ist vergangen, der Upload ist nicht mehr gültig. Versuche es noch einmal.",
      foreign_page: "Dieser Server nimmt keine Bilder an, die eine andere Website sendet.",
      unknown_host:
        "Unter dieser Adresse ist der Server nicht eingerichtet. Öffne die Seite unter ihrer richtigen Adresse.",
      rate_limited: "Zu viele Bilder in kurzer Zeit. Warte ein wenig und versuche es dann noch einmal.",
      relay_busy: "Der Server ist gerade ausgelastet. Versuche es gleich noch einmal.",
      store_unavailable: "Der Speicher des Servers ist im Moment nicht verfügbar.",
      store_misconfigured:
        "Der Speicher des Servers ist falsch eingerichtet oder weist den Server ab. Das muss der Betreiber des Servers beheben.",
      store_full:
        "Der Datenträger des Servers ist voll, deshalb nimmt er vorerst keine Bilder an. Links funktionieren weiter. Versuche es später noch einmal.",
      upload_missing: "Das Bild ist nicht angekommen. Versuche es noch einmal.",
      upload_changed: "Das Bild hat sich während der Prüfung verändert. Lade es noch einmal hoch.",
      album_missing: "Dieses Album gibt es nicht. Es kann abgelaufen sein.",
      album_deleted: "Dieses Album wurde gelöscht.",
      album_changed: "Das Album wurde inzwischen geändert.",
      pictures_missing:
        "Einige dieser Bilder sind nicht mehr auf dem Server. Sie können gelöscht oder abgelaufen sein.",
      deleted: "Dieses Bild wurde gelöscht.",
      blocked: "Der Betreiber dieses Servers hat dieses Bild gesperrt.",
      refused: "Dieses Bild wurde nicht angenommen.",
      refused_by_operator: "Der Betreiber dieses Servers nimmt dieses Bild nicht an.",
      verifier_unavailable: "Der Server kann Bilder im Moment nicht prüfen.",
      not_an_image: "Diese Datei ist kein unbeschädigtes Bild.",
      type_mismatch: "Die Datei ist von einem anderen Typ als angegeben.",
      size_mismatch: "Die Datei ist nicht in der angegebenen Größe angekommen. Versuche es noch einmal.",
      too_many_pixels: "Dieses Bild hat mehr Pixel, als dieser Server annimmt.",
      location_found:
        "Dieses Bild verrät, wo es aufgenommen wurde, und solche Bilder nimmt dieser Server nicht an. Entferne den Aufnahmeort und versuche es noch einmal.",
      body_too_large: "Das ist für diesen Server zu groß.",
      invalid_request: "Der Server hat die Anfrage der Seite nicht verstanden. Lade die Seite neu.",
      internal_error: "Auf dem Server ist etwas schiefgegangen. Versuche es noch einmal.",
    },
  },

  intro: {
    title: "Bilder rein, Links raus.",
    lead: (hands) =>
      hands === "touch"
        ? "Wähle Bilder aus und teile ihre Links."
        : `Wähle Bilder aus, zieh sie irgendwo auf diese Seite oder füge sie ein (${hands === "ctrl" ? "Strg+V" : "⌘V"}).`,
  },
  choose: {
    button: "Bilder auswählen",
    limits: (contentTypes, maxBytes) => `${types(contentTypes)}, jeweils bis ${bytes(maxBytes)}.`,
    privacy: "Ein Link lässt sich nicht erraten, aber wer ihn hat, kann das Bild sehen.",
    dropHere: "Zum Hochladen loslassen",
    folder: "Ordner auswählen",
    camera: "Foto aufnehmen",
  },
  options: {
    title: "Optionen",
    accessToken: "Zugriffstoken",
    accessTokenHint:
      "Dieser Server nimmt Bilder nur mit einem Token an, das du von seinem Betreiber bekommst.",
  },
  server: {
    unreachable:
      "Der Server ist nicht erreichbar. Du kannst trotzdem Bilder auswählen: Jedes wird eine halbe Minute lang versucht.",
    retry: "Noch einmal versuchen",
    notLoaded:
      "Dieser Teil der Seite konnte nicht angezeigt werden. Prüfe deine Verbindung und versuche es noch einmal.",
    offline: "Du bist offline. Das Hochladen geht von selbst weiter, sobald die Verbindung wieder da ist.",
  },
  shared: {
    question: (n) =>
      plural(n, { one: "# Bild wurde geteilt: hochladen?", other: "# Bilder wurden geteilt: hochladen?" }),
    hint: "Eine andere App oder eine andere Website hat das hierher gesendet. Verwirf, was du nicht selbst geteilt hast.",
    upload: (n) => `${pictures(n)} hochladen`,
    discard: "Verwerfen",
    discarded: (n) => `${pictures(n)} verworfen.`,
  },
  upload: {
    unnamed: "Bild ohne Namen",
    removed: (traces) => `Entfernt: ${allOf.format(traces.map((trace) => traceNames[trace]))}`,
    resized: (before, after) => `${bytes(before)} → ${bytes(after)}`,
    dimensions: (width, height) => `${width} × ${height}`,
    converted: "Aus HEIC umgewandelt",
    progressOf: (name) => `Fortschritt von ${name}`,
    queued: "Wartet, bis es dran ist",
    preparing: "Wird vorbereitet",
    signing: "Wird vorbereitet",
    lastBytes: "Fast fertig",
    finishing: "Wird veröffentlicht",
    waiting: {
      offline: "Wartet auf die Verbindung",
      limited: "Zu viele auf einmal: wartet einen Moment",
      busy: "Der Server ist ausgelastet: gleich neuer Versuch",
      blocked: "Nicht durchgelassen: gleich neuer Versuch",
      unanswered: "Keine Antwort: gleich neuer Versuch",
    },
    done: "Hochgeladen",
    deleted: "Gelöscht. Der Link funktioniert nicht mehr; in Caches kann noch kurze Zeit eine Kopie liegen.",
    cancelled: "Abgebrochen",
    expires: (date) => `Bis ${formats.date(date)}`,
    refused: "Nicht hochgeladen",
    failed: "Fehlgeschlagen",
    cancel: "Abbrechen",
    cancelOf: (name) => `${name} abbrechen`,
    retry: "Noch einmal versuchen",
    retryOf: (name) => `Noch einmal versuchen: ${name}`,
    linkOf: (name) => `Link zu ${name}`,
    open: "Öffnen",
    openOf: (name) => `Öffnen: ${name} in einem neuen Tab`,
    share: "Teilen",
    shareOf: (name) => `Teilen: ${name}`,
    qr: "QR-Code",
    qrTooLong: "Dieser Link ist zu lang für einen QR-Code. Kopiere ihn stattdessen.",
    qrOf: (name) => `QR-Code des Links zu ${name}`,
    report: "Melden",
    reportOf: (name) => `Melden: ${name} beim Betreiber dieses Servers`,
    delete: "Löschen",
    deleteOf: (name) => `Löschen: ${name}`,
    deleteQuestion: "Dieses Bild endgültig löschen? Sein Link funktioniert dann nirgends mehr.",
    deleteConfirm: "Ja, löschen",
    deleteConfirmOf: (name) => `Ja, löschen: ${name}`,
    deleteKeep: "Behalten",
    deleteKeepOf: (name) => `Behalten: ${name}`,
    deleting: "Wird gelöscht",
    deleteFailed: (reason) => `Es konnte nicht gelöscht werden. ${reason}`,
    more: "Mehr",
    moreOf: (name) => `Mehr zu ${name}`,
    select: (name) => `${name} auswählen`,
    copyDelete: "Löschlink kopieren",
    deleteLink: "Löschlink",
    hide: "Ausblenden",
    hideOf: (name) => `Ausblenden: ${name}`,
  },
  copy: {
    link: "Link kopieren",
    page: "Link zur Seite",
    markdown: "Markdown",
    html: "HTML",
    bbcode: "BBCode",
    formats: {
      link: "Links",
      page: "Links zu den Seiten",
      markdown: "Markdown",
      html: "HTML",
      bbcode: "BBCode",
    },
    linkOf: (name) => `Link kopieren: ${name}`,
    pageOf: (name) => `Link zur Seite kopieren: ${name}`,
    snippetOf: (format, name) => `${format} für ${name} kopieren`,
    copied: "Kopiert",
    failed: "Der Browser hat das Kopieren verweigert. Der Text ist markiert: Kopiere ihn von Hand.",
    copy: "Kopieren",
    names: { link: "Link", page: "Link zur Seite", markdown: "Markdown", html: "HTML", bbcode: "BBCode" },
    formatOf: (name, format) => `Format für ${name}: ${format}`,
    close: "Schließen",
  },
  announce: {
    added: (n) => `${pictures(n)} hinzugefügt.`,
    progress: (fraction) => `${percent(fraction)} hochgeladen.`,
    delayed: (name, reason) => `${name} ist noch nicht hochgeladen. ${reason}`,
    done: (name) => `${name} ist hochgeladen. Der Link ist bereit.`,
    refused: (name, reason) => `${name} wurde nicht hochgeladen. ${reason}`,
    failed: (name, reason) => `${name} ist fehlgeschlagen. ${reason}`,
    finished: (n) => `Alles fertig: ${pictures(n)} hochgeladen.`,
    finishedSome: (done, notDone) => `Alles fertig: ${pictures(done)} hochgeladen, ${number(notDone)} nicht.`,
    copied: (what) => `${what} kopiert.`,
    links: (n) => plural(n, { one: "# Link", other: "# Links" }),
    hidden: (name) => `${name} ausgeblendet.`,
    deleted: (name) => `${name} gelöscht.`,
  },
  history: {
    link: "Verlauf",
    title: "Aus diesem Browser hochgeladen",
    album: "Album",
  },
};
