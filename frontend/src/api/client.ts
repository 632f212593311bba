import type {
  Album,
  AlbumEdit,
  CreatedAlbum,
  InitRequest,
  Limits,
  NewAlbum,
  Picture,
  PutReport,
  SignedUpload,
} from "./wire";

/** A request that did not succeed. `status` 0 means that no answer came at all. */
export class ApiError extends Error {
  readonly status: number;
  /** For programs to switch on: the server's own code, or `network`, `timeout`, `bad_answer`. */
  readonly code: string;
  /** A sentence for people, where the server gave one. */
  readonly detail: string | undefined;
  /** Seconds, from Retry-After. */
  readonly retryAfter: number | undefined;
  /** The fields of the request that are wrong. */
  readonly fields: readonly string[];

  constructor(
    status: number,
    code: string,
    detail?: string | undefined,
    retryAfter?: number | undefined,
    options?: ErrorOptions & { fields?: readonly string[] },
  ) {
    super(detail ?? code, options);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.retryAfter = retryAfter;
    this.fields = options?.fields ?? [];
  }

  /** Whether the same request may succeed a little later. */
  get transient(): boolean {
    // Only whoever runs the server can mend that.
    return this.code !== "store_misconfigured" && isTransient(this.status);
  }
}

export function isTransient(status: number): boolean {
  // 507: a full disk stays full for longer than a page should try.
  return status === 0 || status === 408 || status === 429 || (status >= 500 && status !== 507);
}

const REPORT = "/uploads/report";

export interface ApiOptions {
  /** Where the API lives; empty for the page's own origin. */
  base: string;
  /** Return the access token of a private instance; called for each request. */
  accessToken?: () => string | undefined;
  /** Called with the `Date` of each answer, the server's time; null where a browser may not read it. */
  onDate?: (date: string | null) => void;
  timeoutMs?: number;
}

export interface Api {
  limits(signal?: AbortSignal): Promise<Limits>;
  init(request: InitRequest, signal?: AbortSignal): Promise<SignedUpload>;
  complete(uploadToken: string, signal?: AbortSignal): Promise<Picture>;
  remove(deleteToken: string, signal?: AbortSignal): Promise<void>;
  /** Tell the server of a PUT that failed; goes on when the page is closed. */
  report(report: PutReport): Promise<void>;
  /** Which picture a delete token is for. */
  lookup(deleteToken: string, signal?: AbortSignal): Promise<Pick<Picture, "viewURL">>;
  createAlbum(album: NewAlbum): Promise<CreatedAlbum>;
  readAlbum(albumId: string, signal?: AbortSignal): Promise<Album>;
  editAlbum(albumId: string, edit: AlbumEdit): Promise<Album>;
  deleteAlbum(editToken: string): Promise<void>;
}

export function createApi(options: ApiOptions): Api {
  const { base, timeoutMs = 30_000, accessToken, onDate } = options;

  async function call(path: string, body: unknown, signal?: AbortSignal, method = "POST"): Promise<unknown> {
    signal?.throwIfAborted();
    const headers: Record<string, string> = { Accept: "application/json" };
    const token = accessToken?.();
    if (token) headers.Authorization = `Bearer ${token}`;
    const request: RequestInit = { method: "GET", headers, cache: "no-store", keepalive: path === REPORT };
    if (body !== undefined) {
      headers["Content-Type"] = "application/json";
      request.method = method;
      request.body = JSON.stringify(body);
    }

    // One controller for both reasons to stop; AbortSignal.any() is still too young for some phones.
    const controller = new AbortController();
    const abort = () => controller.abort(signal?.reason);
    signal?.addEventListener("abort", abort);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      controller.abort();
    }, timeoutMs);

    try {
      const response = await fetch(base + path, { ...request, signal: controller.signal });
      onDate?.(response.headers.get("Date"));
      return await read(response);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof ApiError) throw error;
      throw new ApiError(0, timedOut ? "timeout" : "network", undefined, undefined, { cause: error });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  return {
    limits: async (signal) => (await call("/uploads/limits", undefined, signal)) as Limits,
    init: async (request, signal) => (await call("/uploads/init", request, signal)) as SignedUpload,
    complete: async (uploadToken, signal) =>
      (await call("/uploads/complete", { uploadToken }, signal)) as Picture,
    remove: async (deleteToken, signal) => {
      await call("/uploads/delete", { deleteToken }, signal);
    },
    report: async (report) => {
      await call(REPORT, report);
    },
    lookup: async (deleteToken, signal) =>
      (await call("/uploads/lookup", { deleteToken }, signal)) as Pick<Picture, "viewURL">,
    createAlbum: async (album) => (await call("/albums", album)) as CreatedAlbum,
    readAlbum: async (albumId, signal) =>
      (await call(`/albums/${encodeURIComponent(albumId)}`, undefined, signal)) as Album,
    editAlbum: async (albumId, edit) =>
      (await call(`/albums/${encodeURIComponent(albumId)}`, edit, undefined, "PUT")) as Album,
    deleteAlbum: async (editToken) => {
      await call("/albums/delete", { editToken });
    },
  };
}

async function read(response: Response): Promise<unknown> {
  const text = await response.text();
  if (response.status === 204) return undefined;
  const json = parseObject(text);
  // A proxy in between may answer with a page of its own, in any status.
  if (response.ok && json) return json;
  throw new ApiError(
    response.status,
    typeof json?.code === "string" ? json.code : "bad_answer",
    typeof json?.detail === "string" ? json.detail : undefined,
    parseRetryAfter(response.headers.get("Retry-After"), response.headers.get("Date")),
    { fields: fieldsOf(json?.errors) },
  );
}

/** The fields that a problem's `errors` name. */
function fieldsOf(errors: unknown): string[] {
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((each: unknown) => {
    const { field } = (each ?? {}) as { field?: unknown };
    return typeof field === "string" ? [field] : [];
  });
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Not JSON: the caller reports a bad answer.
  }
  return undefined;
}

/** Seconds to wait, from either form that RFC 9110 section 10.2.3 allows. `sent` is the date of the answer, if known. */
export function parseRetryAfter(value: string | null, sent: string | null = null): number | undefined {
  if (!value) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value);
  const date = Date.parse(value);
  if (Number.isNaN(date)) return undefined;
  const now = Date.parse(sent ?? "");
  return Math.max(0, (date - (Number.isNaN(now) ? Date.now() : now)) / 1000);
}
