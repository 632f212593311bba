/** What we use of libheif's JavaScript; its own types are none. */
declare module "libheif-js/libheif-wasm/libheif.js" {
  interface Failure {
    code: unknown;
    message: string;
  }

  interface Decoded {
    /** The picture's memory, which `heif_image_release` frees. */
    image: unknown;
    code?: unknown;
    channels: { id: unknown; stride: number; width: number; height: number; data: Uint8Array<ArrayBuffer> }[];
  }

  interface LibHeif {
    heif_error_code: Record<"heif_error_Ok" | "heif_error_Memory_allocation_error", unknown>;
    heif_colorspace: { heif_colorspace_RGB: unknown };
    heif_chroma: { heif_chroma_interleaved_RGBA: unknown };
    heif_context_alloc(): unknown;
    heif_context_read_from_memory(context: unknown, file: Uint8Array): Failure;
    heif_js_context_get_primary_image_handle(context: unknown): unknown;
    heif_image_handle_get_width(handle: unknown): number;
    heif_image_handle_get_height(handle: unknown): number;
    heif_js_decode_image2(handle: unknown, colorspace: unknown, chroma: unknown): Decoded | Promise<Decoded>;
  }

  /** Compiles `wasmBinary` before it returns. */
  function make(options: { wasmBinary: ArrayBuffer }): LibHeif;
  // biome-ignore lint/style/noDefaultExport: the library's own
  export default make;
}
