import type { AppsWords } from "../apps";
import type { Words } from "../part";

export const words: Words<AppsWords> = () => ({
  title: "Aus anderen Programmen hochladen",
  lead: "Einstellungen für Programme, die du vielleicht schon hast, mit der Adresse dieses Servers ausgefüllt.",
  off: "Dieser Server nimmt keine Bilder aus anderen Programmen an. Lade sie auf seiner Seite hoch.",
  token:
    "Dein Browser setzt es in die Dateien ein, die du hier herunterlädst. Das Herunterladen selbst sendet es nicht.",
  noToken: "Ohne Token steht in den Dateien YOUR_ACCESS_TOKEN an seiner Stelle: Trag dort deins ein.",
  download: "Herunterladen",
  downloadOf: (name) => `Herunterladen: Einstellungen für ${name}`,
  downloaded: (file) => `${file} heruntergeladen.`,
  failed: (reason) => `Die Datei konnte nicht heruntergeladen werden. ${reason}`,
  badToken:
    "ShareX kann kein Token senden, in dem %, {, }, \\ oder | vorkommt. Bitte den Betreiber dieses Servers um ein anderes.",
  sendsNoToken:
    "Dieses Programm kann kein Zugriffstoken senden. Starte auf deinem Rechner den Befehl imghost: Er hat das Token, und das Programm lädt zu ihm hoch.",
  setUp: "Einrichten",
  copy: "Kopieren",
  copyOf: (label, name) => `Kopieren: ${label} für ${name}`,
  fieldOf: (label, name) => `${label} für ${name}`,
  programs: {
    sharex: {
      line: "Bildschirmfotos und Dateien, mit dem Link in der Zwischenablage und einem Löschlink im Verlauf.",
      steps: [
        "Öffne die heruntergeladene Datei mit ShareX und antworte mit Ja, wenn es fragt, ob es sie verwenden soll.",
        "„Delete URL“ in seinem Verlauf öffnet eine Seite dieses Servers, die fragt, bevor sie löscht.",
        "Lumeshot (macOS) und XerahS lesen dieselbe Datei.",
      ],
    },
    picgo: {
      line: "Bilder aus der Zwischenablage, auch für Editoren wie Typora.",
      steps: [
        "Installiere das Plug-in web-uploader.",
        "Trag diese Werte in seine Einstellungen ein und wähle es aus. Oder auf der Befehlszeile: picgo -c picgo.json upload a.png",
      ],
    },
    piclist: {
      line: "Wie PicGo; hierfür braucht es kein Plug-in.",
      steps: [
        "Lege einen selbst definierten Bilderdienst an (advancedplist) und trag die Werte aus der heruntergeladenen Datei ein.",
      ],
    },
    obsidian: {
      line: "Bilder, die du in eine Notiz einfügst, mit dem Plug-in Image auto upload.",
      steps: [
        "Installiere das Plug-in Image auto upload.",
        "Wähle PicGo als Uploader, schalte „Remote server mode“ ein und trag diese Adresse ein:",
      ],
    },
    upic: {
      line: "Bildschirmfotos und Dateien, aus der Menüleiste.",
      steps: [
        "Importiere in den Einstellungen unter den Hosts die heruntergeladene Datei und wähle den neuen Host aus.",
      ],
    },
    ishare: {
      line: "Bildschirmfotos, aus der Menüleiste.",
      steps: ["Öffne die heruntergeladene Datei mit ishare und wähle sie als Uploader aus."],
    },
    flameshot: {
      line: "Ein Bildschirmfoto, in das du zeichnen kannst, mit seinem Link in der Zwischenablage.",
      steps: [
        "Flameshot hat keinen Uploader für eigene Server, deshalb startet es dieses Skript. Es braucht curl und wl-clipboard oder xclip.",
        "Mach es ausführbar und gib ihm in den Einstellungen deines Desktops ein Tastenkürzel.",
      ],
    },
    ksnip: {
      line: "Ein Bildschirmfoto, in das du zeichnen kannst, hochgeladen vom Skript-Uploader des Programms.",
      steps: [
        "Mach das heruntergeladene Skript ausführbar. Es braucht curl.",
        "Wähle in den Einstellungen von ksnip den Skript-Uploader und dieses Skript aus.",
      ],
    },
    spectacle: {
      line: "Ein Teil des Bildschirms, mit seinem Link in der Zwischenablage.",
      steps: [
        "Dieses Skript startet Spectacle. Es braucht curl und wl-clipboard oder xclip.",
        "Mach es ausführbar und gib ihm in den Einstellungen deines Desktops ein Tastenkürzel.",
      ],
    },
    gnome: {
      line: "Ein Teil des Bildschirms, mit seinem Link in der Zwischenablage.",
      steps: [
        "Dieses Skript startet das Programm gnome-screenshot. Es braucht dieses, curl und wl-clipboard oder xclip.",
        "Mach es ausführbar und gib ihm in den Einstellungen deines Desktops ein Tastenkürzel.",
      ],
    },
    imgFast: {
      line: "Bilder, die du in Markdown einfügst.",
      steps: [
        "Installiere die Erweiterung Img Fast.",
        "Kopiere den Inhalt der heruntergeladenen Datei in deine Einstellungen (JSON).",
      ],
    },
    curl: {
      line: "Aus einem Terminal oder einem eigenen Skript: Ausgegeben wird der Link.",
      steps: ["Ein Bild, ohne das Skript:", "Mehrere, mit dem Skript: sh curl.sh *.png"],
    },
    shortcut: {
      line: "Aus dem Teilen-Menü eines iPhones, iPads oder Macs.",
      steps: [
        "Erstelle einen Kurzbefehl, der Bilder aus dem Teilen-Menü annimmt.",
        "Füge die Aktion „Inhalte von URL abrufen“ hinzu, mit dieser Adresse, der Methode POST und einem Formular als Hauptteil der Anfrage. Das Formular hat ein Feld der Art Datei: Sein Schlüssel ist file, sein Wert die Eingabe des Kurzbefehls.",
        "Füge die Aktion „Wörterbuchwert abrufen“ für den Schlüssel viewURL hinzu, dann „In Zwischenablage kopieren“.",
      ],
    },
    chevereto: {
      line: "Jedes Programm, das Server mit Chevereto kennt, Version 1 der API.",
      steps: [
        "Trag diese Adresse ein. Wo das Programm einen Schlüssel (key) verlangt, ist das Zugriffstoken gemeint.",
      ],
    },
    uppy: {
      line: "Für deine eigene Seite: Besucher legen Bilder ab, und diese gehen direkt in den Speicher.",
      steps: [
        "Wer diesen Server betreibt, trägt die Herkunft deiner Seite in CORS_ORIGINS ein.",
        "Importiere useImageHost aus der geladenen Datei und ruf es mit deinem Uppy auf. Ein Zugriffstoken darin kann jeder Besucher lesen.",
      ],
    },
  },
});
