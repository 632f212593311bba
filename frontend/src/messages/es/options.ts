import type { OptionsWords } from "../options";
import type { Words } from "../part";

export const words: Words<OptionsWords> = ({ number, bytes, percent, plural }) => ({
  metadata: "Quitar ubicación, cámara y otros datos ocultos",
  metadataHint: "La imagen en sí queda exactamente igual; solo se convierten las fotos HEIC.",
  smallerHint: "Una imagen reducida se guarda de nuevo y en ningún caso conserva esos datos.",
  expiry: "Eliminar automáticamente",
  never: "Nunca",
  afterDays: (days) => plural(days, { one: "Después de # día", other: "Después de # días" }),
  size: "Reducir",
  original: "No, conservar el original",
  longestSide: (pixels) => `A ${number(pixels)} píxeles como máximo`,
  format: "Formato",
  quality: "Calidad",
  qualityOf: (quality) => percent(quality),
  becomes: (name, before, after) => `${name}: ${bytes(before)} → ${bytes(after)}`,
  fromNowOn: "Esto vale para las imágenes que añadas a partir de ahora.",
  chips: "Opciones activas",
  deletedAfter: (days) =>
    plural(days, { one: "Se elimina después de # día", other: "Se elimina después de # días" }),
  noMoreThan: (pixels, format, quality) => `Como máximo ${number(pixels)} px, ${format} ${percent(quality)}`,
  metadataKept: "Se conservan los metadatos",
  metadataKeptUnlessSmaller: "Se conservan los metadatos, salvo al reducir",
  turnOff: (option) => `Desactivar: ${option}`,
  turnedOff: (option) => `Desactivado: ${option}.`,
});
