// Drawn for this page, on a grid of 20, in the colour of the text beside them.

function icon(outline: string) {
  return () => (
    <svg
      viewBox="0 0 20 20"
      width="1.15em"
      height="1.15em"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={outline} />
    </svg>
  );
}

export const CrossIcon = icon("m5 5 10 10M15 5 5 15");
export const CheckIcon = icon("m4 10.5 4 4 8-9");
export const CopyIcon = icon(
  "M9 7h5.5a2 2 0 0 1 2 2v5.5a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2ZM13 4.5V4a1.5 1.5 0 0 0-1.5-1.5H5A2.5 2.5 0 0 0 2.5 5v6.5A1.5 1.5 0 0 0 4 13h.5",
);
export const MoreIcon = icon("M4.5 10v.01M10 10v.01M15.5 10v.01");
export const GripIcon = icon("M7.5 5v.01M12.5 5v.01M7.5 10v.01M12.5 10v.01M7.5 15v.01M12.5 15v.01");
export const DownIcon = icon("m6 8 4 4 4-4");
export const RowsIcon = icon("M3.5 5.5h13M3.5 10h13M3.5 14.5h13");
export const GridIcon = icon("M4 4h4.5v4.5H4ZM11.5 4H16v4.5h-4.5ZM4 11.5h4.5V16H4ZM11.5 11.5H16V16h-4.5Z");
export const AlertIcon = icon("M10 6v5M10 14v.01M17.5 10a7.5 7.5 0 0 1-15 0 7.5 7.5 0 0 1 15 0Z");
export const PictureIcon = icon(
  "M5 3.5h10A2.5 2.5 0 0 1 17.5 6v8a2.5 2.5 0 0 1-2.5 2.5H5A2.5 2.5 0 0 1 2.5 14V6A2.5 2.5 0 0 1 5 3.5ZM14.25 7.5a1.25 1.25 0 0 1-2.5 0 1.25 1.25 0 0 1 2.5 0Zm-11.25 6.5 4.5-5 4 4.5 2-2 3.5 3.5",
);
export const LanguageIcon = icon(
  "M17.5 10a7.5 7.5 0 0 1-15 0 7.5 7.5 0 0 1 15 0ZM2.5 10h15M10 2.5c4 4.5 4 10.5 0 15-4-4.5-4-10.5 0-15Z",
);

/** The site's mark; the same drawing as favicon.svg. */
export const Mark = () => (
  <svg viewBox="0 0 32 32" width="1.75em" height="1.75em" aria-hidden="true">
    <rect width="32" height="32" rx="8" fill="#11634d" />
    <circle cx="21.5" cy="10.5" r="3.5" fill="#f3c969" />
    <path
      d="M3 25.5 11.4 13a1.6 1.6 0 0 1 2.7 0l4.6 7 2.3-3.1a1.6 1.6 0 0 1 2.6 0L29 24.4v1.1a3.5 3.5 0 0 1-3.5 3.5h-19A3.5 3.5 0 0 1 3 25.5Z"
      fill="#fffdf8"
    />
  </svg>
);
