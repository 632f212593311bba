// What our uploads are compared with: Fastify and the AWS SDK, as their own pages show them. PORT is where it listens.
import { randomUUID } from "node:crypto";
import { CopyObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import Fastify from "fastify";

const bucket = process.env.S3_BUCKET;
// The SDK keeps its connections to the store alive, up to 50.
const client = new S3Client({
  region: process.env.AWS_REGION,
  endpoint: process.env.S3_ENDPOINT_URL,
  forcePathStyle: true,
  requestChecksumCalculation: "WHEN_REQUIRED",
  responseChecksumValidation: "WHEN_REQUIRED",
});
const extensions = {
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/gif": "gif",
  "image/webp": "webp",
  "image/avif": "avif",
};
const schema = {
  body: {
    type: "object",
    additionalProperties: false,
    required: ["contentType", "size"],
    properties: {
      filename: { type: "string", maxLength: 255 },
      contentType: { enum: Object.keys(extensions) },
      size: { type: "integer", minimum: 1, maximum: 26214400 },
      sha256: { type: "string", pattern: "^[A-Za-z0-9+/]{43}=$" },
    },
  },
};
const complete = {
  body: {
    type: "object",
    additionalProperties: false,
    required: ["key", "filename"],
    properties: {
      key: { type: "string", pattern: "^[0-9a-f-]{36}\\.(jpg|png|gif|webp|avif)$" },
      filename: { type: "string", maxLength: 255 },
    },
  },
};
const app = Fastify();

function typeOf(head) {
  const begins = (bytes, at = 0) => head.subarray(at, at + bytes.length).equals(Buffer.from(bytes, "latin1"));
  if (begins("\xff\xd8\xff")) return "image/jpeg";
  if (begins("\x89PNG\r\n\x1a\n")) return "image/png";
  if (begins("GIF8")) return "image/gif";
  if (begins("RIFF") && begins("WEBP", 8)) return "image/webp";
  if (begins("ftypavif", 4)) return "image/avif";
}

app.get("/health", async () => ({ status: "ok" }));

app.post("/uploads/init", { schema }, async (request, reply) => {
  const { contentType, size, sha256 } = request.body;
  const uploadId = randomUUID();
  const command = new PutObjectCommand({
    Bucket: bucket,
    Key: `incoming/${uploadId}.${extensions[contentType]}`,
    ContentType: contentType,
    ContentLength: size,
    IfNoneMatch: "*",
    ChecksumSHA256: sha256,
  });
  const signed = new Set(["content-type", "content-length", "if-none-match", "x-amz-checksum-sha256"]);
  const uploadURL = await getSignedUrl(client, command, {
    expiresIn: 300,
    signableHeaders: signed,
    unhoistableHeaders: signed,
  });
  reply.code(201);
  return {
    uploadId,
    uploadURL,
    method: "PUT",
    headers: { "Content-Type": contentType, "If-None-Match": "*", "x-amz-checksum-sha256": sha256 },
    expiresInSeconds: 300,
  };
});

app.post("/uploads/complete", { schema: complete }, async (request, reply) => {
  const { key, filename } = request.body;
  const staged = await client.send(
    new GetObjectCommand({ Bucket: bucket, Key: `incoming/${key}`, Range: "bytes=0-65535" }),
  );
  const contentType = typeOf(Buffer.from(await staged.Body.transformToByteArray()));
  if (extensions[contentType] !== key.split(".")[1]) {
    reply.code(422);
    return { error: "This is not the promised picture." };
  }
  await client.send(
    new CopyObjectCommand({
      Bucket: bucket,
      Key: `uploads/${key}`,
      CopySource: `${bucket}/incoming/${key}`,
      CopySourceIfMatch: staged.ETag,
      IfNoneMatch: "*",
      MetadataDirective: "REPLACE",
      TaggingDirective: "REPLACE",
      ContentType: contentType,
      ContentDisposition: `inline; filename*=UTF-8''${encodeURIComponent(filename)}`,
      CacheControl: "public, max-age=31536000, immutable",
    }),
  );
  reply.code(201);
  return { viewURL: `https://img.test/i/${key}`, contentType };
});

await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
