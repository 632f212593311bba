import type { IntakeWords } from "../intake";
import type { Words } from "../part";

const allOf = new Intl.ListFormat("es", { type: "conjunction" });

export const words: Words<IntakeWords> = ({ plural }) => ({
  leftOut: ({ hidden, noExtension, notPicture }) => {
    const reasons = [
      hidden > 0 ? plural(hidden, { one: "# oculto", other: "# ocultos" }) : "",
      noExtension > 0 ? plural(noExtension, { other: "# sin extensión" }) : "",
      notPicture > 0
        ? plural(notPicture, { one: "# que no es una imagen", other: "# que no son imágenes" })
        : "",
    ].filter(Boolean);
    const files = plural(hidden + noExtension + notPicture, {
      one: "Se dejó fuera # archivo de la carpeta",
      other: "Se dejaron fuera # archivos de la carpeta",
    });
    return `${files}: ${allOf.format(reasons)}.`;
  },
  nothingPasted: "En el portapapeles no hay ninguna imagen.",
  nothingDropped: "Lo que soltaste no es una imagen.",
  elsewhere:
    "No se puede tomar una imagen directamente de otro sitio. Primero guárdala o cópiala, y después pégala aquí.",
  question: "¿Subir la imagen de lo que copiaste?",
  hint: "Copiaste texto y el programa añadió una imagen de él. Quien tenga el enlace podrá leerlo.",
  yes: "Subir la imagen",
  no: "No subir",
  close: "Cerrar este aviso",
});
