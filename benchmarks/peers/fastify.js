// What our init is compared with: Fastify and the AWS SDK, as their own pages show them. PORT is where it listens.
import { randomUUID } from "node:crypto";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import Fastify from "fastify";

const bucket = process.env.S3_BUCKET;
const client = new S3Client({ region: process.env.AWS_REGION, requestChecksumCalculation: "WHEN_REQUIRED" });
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
const app = Fastify();

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

await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
