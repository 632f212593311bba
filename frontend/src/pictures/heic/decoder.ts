import makeLibheif from "libheif-js/libheif-wasm/libheif.js";
import { coloursOf } from "./colours";

// The worker that decodes one HEIC picture, and then ends. Its script is the only one that may compile wasm: its own
// Content-Security-Policy says so (app/frontend.py). It may fetch nothing, so libheif's wasm comes with the picture.

export interface DecodeRequest {
  wasm: ArrayBuffer;
  file: Blob;
}

export interface Decoded {
  /** Upright, in the file's own colours: its profile is not applied. */
  picture: ImageBitmap;
  profile: Uint8Array<ArrayBuffer> | undefined;
}

export type DecodeReply =
  | Decoded
  /** `heic_stopped`: not enough memory, or not enough time. */
  | { failed: "unreadable" | "not_shown" | "heic" | "heic_too_large" | "heic_stopped" };

/** An iPhone's largest photograph has 48.8 million. Decoding takes about 15 bytes for each. */
const MOST_PIXELS = 50_000_000;

/** ITU H.273: Display P3, and the transfer functions PQ and HLG, which need a screen with more than 8 bits. */
const DISPLAY_P3 = 12;
const HIGH_DYNAMIC_RANGE: readonly (number | undefined)[] = [16, 18];

self.addEventListener("message", async ({ data }: MessageEvent<DecodeRequest>) => {
  const reply = await answer(data);
  self.postMessage(reply, { transfer: "picture" in reply ? [reply.picture] : [] });
});
self.postMessage("started");

async function answer({ wasm, file }: DecodeRequest): Promise<DecodeReply> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch {
    return { failed: "unreadable" };
  }
  const { profile, primaries, transfer } = coloursOf(bytes);
  if (!profile && HIGH_DYNAMIC_RANGE.includes(transfer)) return { failed: "not_shown" };
  try {
    const pixels = await decode(wasm, bytes, !profile && primaries === DISPLAY_P3 ? "display-p3" : "srgb");
    if (typeof pixels === "string") return { failed: pixels };
    return { picture: await createImageBitmap(pixels), profile };
  } catch (error) {
    // These two are the browser's want of memory. A hostile file may stop the wasm anywhere, with other errors.
    const lacksMemory = error instanceof RangeError || error instanceof DOMException;
    return { failed: lacksMemory ? "heic_stopped" : "heic" };
  }
}

async function decode(
  wasmBinary: ArrayBuffer,
  file: Uint8Array<ArrayBuffer>,
  colorSpace: PredefinedColorSpace,
): Promise<ImageData | "heic" | "heic_too_large" | "heic_stopped"> {
  const heif = makeLibheif({ wasmBinary });
  const context = heif.heif_context_alloc();
  const { code } = heif.heif_context_read_from_memory(context, file);
  if (code !== heif.heif_error_code.heif_error_Ok) return "heic";
  const handle = heif.heif_js_context_get_primary_image_handle(context);
  // In place of a handle, what is wrong.
  if (!handle || typeof handle !== "object" || "code" in handle) return "heic";
  // From the head: no pixel is decoded yet.
  const size = heif.heif_image_handle_get_width(handle) * heif.heif_image_handle_get_height(handle);
  if (size > MOST_PIXELS) return "heic_too_large";
  const decoded = await heif.heif_js_decode_image2(
    handle,
    heif.heif_colorspace.heif_colorspace_RGB,
    heif.heif_chroma.heif_chroma_interleaved_RGBA,
  );
  if (decoded.code === heif.heif_error_code.heif_error_Memory_allocation_error) return "heic_stopped";
  const channel = decoded.channels?.[0];
  if (decoded.code || !channel) return "heic";
  const { width, height, stride, data } = channel;
  const rows = stride === 4 * width ? data : packed(data, 4 * width, stride, height);
  // A view of the wasm's memory, which ends with this worker.
  const view = new Uint8ClampedArray(rows.buffer, rows.byteOffset, 4 * width * height);
  return new ImageData(view, width, height, { colorSpace });
}

/** Remove the padding at the end of each row. */
function packed(data: Uint8Array, row: number, stride: number, height: number): Uint8Array<ArrayBuffer> {
  const rows = new Uint8Array(row * height);
  for (let y = 0; y < height; y++) rows.set(data.subarray(y * stride, y * stride + row), y * row);
  return rows;
}
