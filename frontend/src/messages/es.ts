import type { Trace } from "../pictures/traces";
import type { Messages } from "./en";
import { formatsOf, regional } from "./format";

const locale = regional("es");
const formats = formatsOf(locale);
const { number, percent, bytes, types, plural } = formats;
const allOf = new Intl.ListFormat(locale, { type: "conjunction" });

const pictures = (n: number) => plural(n, { one: "# imagen", other: "# imágenes" });

const traceNames: Record<Trace, string> = {
  location: "ubicación",
  camera: "cámara",
  date: "fecha",
  author: "autor",
  text: "descripciones",
  video: "vídeo",
  sound: "sonido",
  hdr: "versión HDR",
  preview: "miniaturas incrustadas",
  other: "otros datos",
};

/** A Spanish reader is “tú”; the words are those that Spain and America share. */
export const es: Messages = {
  tag: "es",
  siteName: "Image Host",
  language: "Idioma",
  home: "Subir imágenes",
  apps: "Subir desde otros programas",
  ...formats,
  pictures,
  problem: {
    empty: "Este archivo está vacío.",
    too_large: (size, limit) => `Esta imagen ocupa ${size}; el límite es de ${limit}.`,
    type_not_accepted: (types) => `Esto no es una imagen ${types}.`,
    svg: "Los archivos SVG pueden contener scripts, así que no se aceptan. Exporta la imagen como PNG y sube esa copia.",
    heic: "Esta foto HEIC no se puede convertir. Puede que esté dañada. Guárdala como JPEG y sube esa copia.",
    heic_too_large:
      "Esta foto HEIC tiene más de 50 millones de píxeles: demasiados para convertirla aquí. Guárdala como JPEG y sube esa copia.",
    heic_stopped:
      "Convertir esta foto HEIC tardó demasiado o necesitó demasiada memoria. Cierra otras páginas y vuelve a intentarlo, o guárdala como JPEG y sube esa copia.",
    unreadable:
      "No se puede leer este archivo. Puede que sea una carpeta, o que se haya movido o modificado. Elígelo de nuevo.",
    metadata:
      "Los datos ocultos de este archivo no se pueden leer, así que tampoco se pueden quitar. Puede que esté dañado. Guárdalo de nuevo con otro programa, o elige conservar los datos.",
    not_shown:
      "Ningún navegador puede mostrar esta imagen: tiene más de 8 bits por color, es demasiado ancha o alta, o es de otro tipo poco común. Guárdala con otro programa como JPEG o PNG corriente.",
    too_many_pixels: (pixels, limit) => `La imagen tiene ${pixels} píxeles; se aceptan ${limit} como máximo.`,
    interrupted: "La página se cerró antes de que se enviara esta imagen. Elígela de nuevo.",
    api_unreachable: "No se puede acceder al servidor. Comprueba tu conexión y vuelve a intentarlo.",
    put: {
      unreachable: (host, page) =>
        `Tu navegador no consigue llegar a ${host}, el almacenamiento de este servidor. Puede que lo bloquee un cortafuegos o una extensión tuya. Si no es así, quien administra el servidor debe hacer que los navegadores puedan acceder${page ? ` y permitir allí las subidas desde ${page} (CORS)` : ""}.`,
      cut: (host) =>
        `La conexión con ${host}, el almacenamiento de este servidor, se corta mientras se envía la imagen. Puede que tu red sea débil. Si las imágenes más pequeñas sí llegan, quien administra el servidor debe aumentar allí el límite de un proxy.`,
      forbidden: (host) =>
        `${host}, el almacenamiento de este servidor, rechazó la firma de esta subida (estado 403). Quien administra el servidor debe revisar el reloj, las claves y que ningún proxy cambie la cabecera Host.`,
      too_large: (host, size) =>
        `Un proxy de ${host} no acepta nada que ocupe ${size} (estado 413). Elige una imagen más pequeña, o pide a quien administra el servidor que aumente el límite.`,
      refused: (host, status) =>
        `${host}, el almacenamiento de este servidor, rechazó la imagen (estado ${status}). Quien administra el servidor encontrará el motivo en su registro.`,
      failing: (host, status) =>
        `${host}, el almacenamiento de este servidor, no funciona en este momento (estado ${status}). Vuelve a intentarlo más tarde.`,
    },
    unexpected: "Algo salió mal en esta página. Vuelve a intentarlo.",
    bad_answer: (status) =>
      `No se entendió la respuesta del servidor (estado ${status}). Puede que se esté reiniciando.`,
    server_error: (status) => `El servidor respondió con un error (estado ${status}).`,
    server: {
      access_token_required: "Este servidor solo acepta imágenes de quien tiene un token de acceso.",
      invalid_token: "Este dato no procede de este servidor, o sirve para otra cosa.",
      expired_token: "Pasó demasiado tiempo y la subida ya no es válida. Vuelve a intentarlo.",
      foreign_page: "Este servidor no acepta imágenes que envíe otro sitio web.",
      unknown_host:
        "El servidor no está configurado para esta dirección. Abre la página en su dirección correcta.",
      rate_limited: "Demasiadas imágenes en poco tiempo. Espera un poco y vuelve a intentarlo.",
      relay_busy: "El servidor está ocupado. Vuelve a intentarlo enseguida.",
      store_unavailable: "El almacenamiento del servidor no está disponible en este momento.",
      store_misconfigured:
        "El almacenamiento del servidor está mal configurado o rechaza al servidor. Debe arreglarlo quien administra el servidor.",
      store_full:
        "El disco del servidor está lleno, así que de momento no acepta imágenes. Los enlaces siguen funcionando. Vuelve a intentarlo más tarde.",
      upload_missing: "La imagen no llegó. Vuelve a intentarlo.",
      upload_changed: "La imagen cambió mientras se comprobaba. Súbela de nuevo.",
      album_missing: "Este álbum no existe. Puede haber caducado.",
      album_deleted: "Este álbum se ha eliminado.",
      album_changed: "El álbum se ha cambiado mientras tanto.",
      pictures_missing:
        "Algunas de estas imágenes ya no están en el servidor. Pueden haberse eliminado o haber caducado.",
      deleted: "Esta imagen se ha eliminado.",
      blocked: "Quien administra este servidor ha bloqueado esta imagen.",
      refused: "Esta imagen no se aceptó.",
      refused_by_operator: "Quien administra este servidor no acepta esta imagen.",
      verifier_unavailable: "El servidor no puede comprobar imágenes en este momento.",
      not_an_image: "Este archivo no es una imagen en buen estado.",
      type_mismatch: "El archivo es de un tipo distinto del indicado.",
      size_mismatch: "El archivo no llegó con el tamaño indicado. Vuelve a intentarlo.",
      too_many_pixels: "Esta imagen tiene más píxeles de los que acepta este servidor.",
      location_found:
        "Esta imagen dice dónde se tomó, y este servidor no acepta imágenes así. Quita la ubicación y vuelve a intentarlo.",
      body_too_large: "Esto es demasiado grande para este servidor.",
      invalid_request: "El servidor no entendió lo que pidió la página. Vuelve a cargarla.",
      internal_error: "Algo salió mal en el servidor. Vuelve a intentarlo.",
    },
  },

  intro: {
    title: "Entran imágenes, salen enlaces.",
    lead: (hands) =>
      hands === "touch"
        ? "Elige imágenes y comparte sus enlaces."
        : `Elige imágenes, suéltalas en cualquier lugar de esta página o pégalas (${hands === "ctrl" ? "Ctrl+V" : "⌘V"}).`,
  },
  choose: {
    button: "Elegir imágenes",
    limits: (contentTypes, maxBytes) => `${types(contentTypes)}, de hasta ${bytes(maxBytes)} cada una.`,
    privacy: "Nadie puede adivinar un enlace, pero quien lo tenga puede ver la imagen.",
    dropHere: "Suelta para subir",
    folder: "Elegir una carpeta",
    camera: "Hacer una foto",
  },
  options: {
    title: "Opciones",
    accessToken: "Token de acceso",
    accessTokenHint: "Este servidor solo acepta imágenes con un token de quien lo administra.",
  },
  server: {
    unreachable:
      "No se puede acceder al servidor. Aun así puedes elegir imágenes: cada una se intenta subir durante medio minuto.",
    retry: "Reintentar",
    notLoaded: "No se pudo mostrar esta parte de la página. Comprueba tu conexión y vuelve a intentarlo.",
    offline: "No tienes conexión. Las subidas se reanudarán solas cuando vuelva.",
  },
  shared: {
    question: (n) =>
      plural(n, {
        one: "Se ha compartido # imagen. ¿Quieres subirla?",
        other: "Se han compartido # imágenes. ¿Quieres subirlas?",
      }),
    hint: "Lo envió aquí otra aplicación u otro sitio web. Descarta lo que no hayas compartido tú.",
    upload: (n) => `Subir ${pictures(n)}`,
    discard: "Descartar",
    discarded: (n) => plural(n, { one: "# imagen descartada.", other: "# imágenes descartadas." }),
  },
  upload: {
    unnamed: "Imagen sin nombre",
    removed: (traces) => `Datos quitados: ${allOf.format(traces.map((trace) => traceNames[trace]))}`,
    resized: (before, after) => `${bytes(before)} → ${bytes(after)}`,
    dimensions: (width, height) => `${width} × ${height}`,
    converted: "Convertida de HEIC",
    progressOf: (name) => `Progreso de ${name}`,
    queued: "Esperando su turno",
    preparing: "Preparando",
    signing: "Preparando",
    lastBytes: "Casi lista",
    finishing: "Publicando",
    waiting: {
      offline: "Esperando la conexión",
      limited: "Demasiadas a la vez: esperando un momento",
      busy: "El servidor está ocupado: nuevo intento en breve",
      blocked: "Acceso bloqueado: nuevo intento en breve",
      unanswered: "Sin respuesta: nuevo intento en breve",
    },
    done: "Subida",
    deleted: "Eliminada. El enlace ya no funciona; puede quedar una copia en cachés durante un rato.",
    cancelled: "Cancelada",
    expires: (date) => `Hasta el ${formats.date(date)}`,
    refused: "No se subió",
    failed: "Falló",
    cancel: "Cancelar",
    cancelOf: (name) => `Cancelar ${name}`,
    retry: "Reintentar",
    retryOf: (name) => `Reintentar: ${name}`,
    linkOf: (name) => `Enlace a ${name}`,
    open: "Abrir",
    openOf: (name) => `Abrir ${name} en una pestaña nueva`,
    share: "Compartir",
    shareOf: (name) => `Compartir ${name}`,
    qr: "Código QR",
    qrTooLong: "Este enlace es demasiado largo para un código QR. Cópialo en su lugar.",
    qrOf: (name) => `Código QR del enlace a ${name}`,
    report: "Denunciar",
    reportOf: (name) => `Denunciar ${name} a quien administra este servidor`,
    delete: "Eliminar",
    deleteOf: (name) => `Eliminar ${name}`,
    deleteQuestion: "¿Eliminar esta imagen para siempre? Su enlace dejará de funcionar en todas partes.",
    deleteConfirm: "Sí, eliminar",
    deleteConfirmOf: (name) => `Sí, eliminar ${name}`,
    deleteKeep: "Conservar",
    deleteKeepOf: (name) => `Conservar ${name}`,
    deleting: "Eliminando",
    deleteFailed: (reason) => `No se pudo eliminar. ${reason}`,
    more: "Más",
    moreOf: (name) => `Más sobre ${name}`,
    select: (name) => `Seleccionar ${name}`,
    copyDelete: "Copiar enlace de eliminación",
    deleteLink: "Enlace de eliminación",
    hide: "Ocultar",
    hideOf: (name) => `Ocultar ${name}`,
  },
  copy: {
    link: "Copiar enlace",
    page: "Enlace a la página",
    markdown: "Markdown",
    html: "HTML",
    bbcode: "BBCode",
    formats: {
      link: "Enlaces",
      page: "Enlaces a las páginas",
      markdown: "Markdown",
      html: "HTML",
      bbcode: "BBCode",
    },
    linkOf: (name) => `Copiar enlace a ${name}`,
    pageOf: (name) => `Copiar enlace a la página de ${name}`,
    snippetOf: (format, name) => `Copiar ${format} de ${name}`,
    copied: "Copiado",
    failed: "El navegador no permitió copiar. El texto está seleccionado: cópialo a mano.",
    copy: "Copiar",
    names: {
      link: "Enlace",
      page: "Enlace a la página",
      markdown: "Markdown",
      html: "HTML",
      bbcode: "BBCode",
    },
    formatOf: (name, format) => `Formato para ${name}: ${format}`,
    close: "Cerrar",
  },
  announce: {
    added: (n) => plural(n, { one: "# imagen añadida.", other: "# imágenes añadidas." }),
    progress: (fraction) => `${percent(fraction)} subido.`,
    delayed: (name, reason) => `${name} aún no se ha subido. ${reason}`,
    done: (name) => `${name} se ha subido. Su enlace está listo.`,
    refused: (name, reason) => `${name} no se subió. ${reason}`,
    failed: (name, reason) => `${name} falló. ${reason}`,
    finished: (n) => `Todo listo: ${plural(n, { one: "# imagen subida", other: "# imágenes subidas" })}.`,
    finishedSome: (done, notDone) =>
      `Todo listo: ${plural(done, { one: "# imagen subida", other: "# imágenes subidas" })}, ${number(notDone)} no.`,
    copied: (what) => `Copiado: ${what}.`,
    links: (n) => plural(n, { one: "# enlace", other: "# enlaces" }),
    hidden: (name) => `${name} se ocultó.`,
    deleted: (name) => `${name} se eliminó.`,
  },
  history: {
    link: "Historial",
    title: "Subidas desde este navegador",
    album: "Álbum",
  },
};
