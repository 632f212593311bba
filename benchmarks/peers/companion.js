// What our init is compared with: Uppy's Companion, whose /s3/params signs a POST form. PORT is where it listens.
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { app as companion } from "@uppy/companion";

// Companion brings its own express.
const express = createRequire(import.meta.resolve("@uppy/companion"))("express");
const { app: uploads } = companion({
  secret: process.env.SECRET_KEY,
  filePath: tmpdir(),
  server: { host: `127.0.0.1:${process.env.PORT}`, protocol: "http" },
  corsOrigins: ["https://img.test"],
  uploadUrls: ["https://img.test"],
  metrics: false,
  s3: {
    key: process.env.AWS_ACCESS_KEY_ID,
    secret: process.env.AWS_SECRET_ACCESS_KEY,
    bucket: process.env.S3_BUCKET,
    region: process.env.AWS_REGION,
    endpoint: process.env.S3_ENDPOINT_URL,
    forcePathStyle: true,
    expires: 300,
    getKey: ({ filename }) => `incoming/${randomUUID()}-${filename}`,
    conditions: [["content-length-range", 1, 26214400]],
  },
});
const app = express();
app.use(uploads);
app.listen(Number(process.env.PORT), "127.0.0.1");
