// What the page is compared with: Uppy as its own pages show it, signing by our `init`. It neither inspects, cleans nor
// hashes a file, and shows nothing. `uploadByUppy` resolves when all files that its input took are published.
import AwsS3 from "@uppy/aws-s3";
import Uppy from "@uppy/core";

window.uploadByUppy = async (completes) => {
  const uppy = new Uppy();
  const tokens = new Map();
  const published = new Map();
  uppy.use(AwsS3, {
    shouldUseMultipart: false,
    generateObjectKey: ({ id }) => id,
    async signRequest({ key }) {
      const { type, size, name } = uppy.getFile(key);
      const upload = await call("/uploads/init", { contentType: type, size, filename: name });
      tokens.set(key, upload.uploadToken);
      return { url: upload.uploadURL, headers: upload.headers };
    },
  });
  if (completes) {
    uppy.on("upload-success", ({ id }) =>
      published.set(id, call("/uploads/complete", { uploadToken: tokens.get(id) })),
    );
    uppy.addPostProcessor((ids) => Promise.all(ids.map((id) => published.get(id))));
  }
  const input = document.body.appendChild(document.createElement("input"));
  Object.assign(input, { type: "file", multiple: true });
  await new Promise((resolve) => input.addEventListener("change", resolve, { once: true }));
  uppy.addFiles([...input.files].map((file) => ({ name: file.name, type: file.type, data: file })));
  const { failed } = await uppy.upload();
  if (failed.length > 0) throw new Error(failed[0].error);
};

async function call(path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}
