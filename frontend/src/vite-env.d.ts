/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Where the API lives, if not at the page's own origin; no slash at its end. */
  readonly VITE_API_BASE?: string;
}
