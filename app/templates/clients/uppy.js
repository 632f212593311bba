import AwsS3 from "@uppy/aws-s3";

const site = {{ site }};
// Of a private server. Every visitor of your page can read it.
const token = {{ token }};

/**
 * Let an Uppy 6 upload to the image host.
 *
 * A file that is done has its links in `file.response.body`: viewURL, deleteURL and more.
 */
export async function useImageHost(uppy) {
  const tokens = new Map();
  const published = new Map();

  const limits = await (await fetch(`${site}/uploads/limits`)).json();
  uppy.setOptions({
    restrictions: {
      allowedFileTypes: limits.contentTypes.map(({ contentType }) => contentType),
      maxFileSize: limits.maxUploadBytes,
    },
  });

  uppy.use(AwsS3, {
    shouldUseMultipart: false,
    // signRequest is told the key alone: as the file's id, it leads to the type and the size.
    generateObjectKey: (file) => file.id,
    async signRequest({ key }) {
      const { type, size, name } = uppy.getFile(key);
      const upload = await call(`${site}/uploads/init`, { contentType: type, size, filename: name });
      tokens.set(key, upload.uploadToken);
      return { url: upload.uploadURL, headers: upload.headers };
    },
  });

  async function publish(id) {
    try {
      const picture = await call(`${site}/uploads/complete`, { uploadToken: tokens.get(id) });
      uppy.setFileState(id, { uploadURL: picture.viewURL, response: { status: 201, body: picture } });
    } catch (error) {
      uppy.emit("upload-error", uppy.getFile(id), error);
    }
  }
  // Publish each picture as soon as the store has it. Uppy is done when all are published.
  uppy.on("upload-success", ({ id }) => published.set(id, publish(id)));
  uppy.addPostProcessor((ids) => Promise.all(ids.map((id) => published.get(id))));
}

/** POST JSON, and repeat it while the server asks for patience. */
async function call(url, body) {
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
  for (let attempt = 0; ; attempt++) {
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
    if (answer.ok) return answer.json();
    const seconds = answer.headers.get("Retry-After");
    if (attempt === 4 || seconds === null) throw new Error((await answer.json()).detail);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
}