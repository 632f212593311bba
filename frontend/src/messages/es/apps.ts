import type { AppsWords } from "../apps";
import type { Words } from "../part";

export const words: Words<AppsWords> = () => ({
  title: "Subir desde otros programas",
  lead: "Ajustes para programas que quizá ya tengas, rellenados con la dirección de este servidor.",
  off: "Este servidor no acepta imágenes de otros programas. Súbelas en su página.",
  token: "Tu navegador lo pone en los archivos que descargas aquí. La descarga en sí no lo envía.",
  noToken: "Sin él, los archivos llevan YOUR_ACCESS_TOKEN en su lugar: escribe ahí el tuyo.",
  download: "Descargar",
  downloadOf: (name) => `Descargar los ajustes de ${name}`,
  downloaded: (file) => `${file} descargado.`,
  failed: (reason) => `No se pudo descargar el archivo. ${reason}`,
  badToken:
    "ShareX no puede enviar un token que contenga %, {, }, \\ o |. Pide otro a quien administra este servidor.",
  sendsNoToken:
    "Este programa no puede enviar un token de acceso. Ejecuta el comando imghost en tu equipo: él guarda el token y el programa le envía las imágenes.",
  setUp: "Cómo configurarlo",
  copy: "Copiar",
  copyOf: (label, name) => `Copiar ${label} de ${name}`,
  fieldOf: (label, name) => `${label} de ${name}`,
  programs: {
    sharex: {
      line: "Capturas y archivos, con el enlace en el portapapeles y un enlace de eliminación en su historial.",
      steps: [
        "Abre el archivo descargado con ShareX y responde que sí cuando pregunte si debe usarlo.",
        "«Delete URL», en su historial, abre una página de este servidor que pregunta antes de eliminar.",
        "Lumeshot (macOS) y XerahS leen el mismo archivo.",
      ],
    },
    picgo: {
      line: "Imágenes del portapapeles, también para editores como Typora.",
      steps: [
        "Instala el complemento web-uploader.",
        "Introduce estos valores en sus ajustes y elígelo. O en la línea de comandos: picgo -c picgo.json upload a.png",
      ],
    },
    piclist: {
      line: "Como PicGo; para esto no necesita ningún complemento.",
      steps: [
        "Añade un servicio de imágenes del tipo que se define a mano (advancedplist) e introduce los valores del archivo descargado.",
      ],
    },
    obsidian: {
      line: "Imágenes que pegas en una nota, con el complemento Image auto upload.",
      steps: [
        "Instala el complemento Image auto upload.",
        "Elige PicGo para las subidas, activa «Remote server mode» e introduce esta dirección:",
      ],
    },
    upic: {
      line: "Capturas y archivos, desde la barra de menús.",
      steps: [
        "En sus preferencias, importa el archivo descargado en la lista de servidores y elige el nuevo.",
      ],
    },
    ishare: {
      line: "Capturas, desde la barra de menús.",
      steps: ["Abre el archivo descargado con ishare y elígelo para las subidas."],
    },
    flameshot: {
      line: "Una captura sobre la que puedes dibujar, con su enlace en el portapapeles.",
      steps: [
        "Flameshot no puede subir a servidores propios, así que este script lo inicia. Necesita curl, y wl-clipboard o xclip.",
        "Hazlo ejecutable y asígnale un atajo de teclado en los ajustes de tu escritorio.",
      ],
    },
    ksnip: {
      line: "Una captura sobre la que puedes dibujar, que el programa sube mediante un script.",
      steps: [
        "Haz ejecutable el script descargado. Necesita curl.",
        "En los ajustes de ksnip, elige la subida mediante script y este script.",
      ],
    },
    spectacle: {
      line: "Una parte de la pantalla, con su enlace en el portapapeles.",
      steps: [
        "Este script inicia Spectacle. Necesita curl, y wl-clipboard o xclip.",
        "Hazlo ejecutable y asígnale un atajo de teclado en los ajustes de tu escritorio.",
      ],
    },
    gnome: {
      line: "Una parte de la pantalla, con su enlace en el portapapeles.",
      steps: [
        "Este script inicia el programa gnome-screenshot. Necesita ese programa, curl, y wl-clipboard o xclip.",
        "Hazlo ejecutable y asígnale un atajo de teclado en los ajustes de tu escritorio.",
      ],
    },
    imgFast: {
      line: "Imágenes que pegas en Markdown.",
      steps: [
        "Instala la extensión Img Fast.",
        "Copia el contenido del archivo descargado en tus ajustes (JSON).",
      ],
    },
    curl: {
      line: "Desde una terminal o un script tuyo: lo que imprime es el enlace.",
      steps: ["Una imagen, sin el script:", "Varias, con el script: sh curl.sh *.png"],
    },
    shortcut: {
      line: "Desde el menú Compartir de un iPhone, un iPad o un Mac.",
      steps: [
        "Crea un atajo que reciba imágenes del menú Compartir.",
        "Añade la acción «Obtener contenido de URL» con esta dirección, el método POST y un formulario como cuerpo de la solicitud. El formulario tiene un campo de tipo Archivo: su clave es file y su valor, la entrada del atajo.",
        "Añade la acción «Obtener valor del diccionario» para la clave viewURL y después «Copiar en el portapapeles».",
      ],
    },
    chevereto: {
      line: "Cualquier programa que conozca los servidores con Chevereto, versión 1 de su API.",
      steps: ["Introduce esta dirección. Donde el programa pida una clave (key), es el token de acceso."],
    },
    uppy: {
      line: "Para una página tuya: los visitantes sueltan imágenes, que van directamente al almacenamiento.",
      steps: [
        "Quien administra este servidor añade el origen de tu página a CORS_ORIGINS.",
        "Importa useImageHost del archivo descargado y llámalo con tu Uppy. Cualquier visitante puede leer un token de acceso que esté en él.",
      ],
    },
  },
});
