"""What our uploads are compared with: FastAPI and boto3 on uvicorn with uvloop, as their own pages show them.

`init` is `async def`, because boto3 waits for nothing there: a plain `def` would take a turn in a pool of threads each
time, and be slower. `complete` waits for the store, so it takes that turn.
"""

import os
import uuid
from typing import Annotated, Any, Literal
from urllib.parse import quote

import boto3
from botocore.config import Config
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, Field

EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
}
#: What each begins with, and where.
MAGIC = {
    "jpg": (b"\xff\xd8\xff", 0),
    "png": (b"\x89PNG\r\n\x1a\n", 0),
    "gif": (b"GIF8", 0),
    "webp": (b"WEBP", 8),
    "avif": (b"ftypavif", 4),
}
BUCKET = os.environ["S3_BUCKET"]
client = boto3.client(
    "s3",
    endpoint_url=os.environ["S3_ENDPOINT_URL"],
    config=Config(
        region_name=os.environ["AWS_REGION"],
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        # As many as FastAPI has threads: with boto3's 10, some would open a connection for each call.
        max_pool_connections=40,
    ),
)
app = FastAPI()


class InitRequest(BaseModel):
    """What a client asks."""

    model_config = ConfigDict(extra="forbid")

    filename: Annotated[str, Field(max_length=255)] = ""
    contentType: Literal["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"]  # noqa: N815
    size: Annotated[int, Field(ge=1, le=26_214_400)]
    sha256: Annotated[str, Field(pattern="^[A-Za-z0-9+/]{43}=$")]


class CompleteRequest(BaseModel):
    """What a client asks when it has sent the bytes."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}\.(jpg|png|gif|webp|avif)$")]
    filename: Annotated[str, Field(max_length=255)]


@app.get("/health")
async def health() -> dict[str, str]:
    """Answer."""
    return {"status": "ok"}


@app.post("/uploads/init", status_code=201)
async def init(asked: InitRequest) -> dict[str, Any]:
    """Sign a PUT."""
    upload_id = uuid.uuid4()
    url = client.generate_presigned_url(
        "put_object",
        Params={
            "Bucket": BUCKET,
            "Key": f"incoming/{upload_id}.{EXTENSIONS[asked.contentType]}",
            "ContentType": asked.contentType,
            "ContentLength": asked.size,
            "IfNoneMatch": "*",
            "ChecksumSHA256": asked.sha256,
        },
        ExpiresIn=300,
    )
    return {
        "uploadId": str(upload_id),
        "uploadURL": url,
        "method": "PUT",
        "headers": {
            "Content-Type": asked.contentType,
            "If-None-Match": "*",
            "x-amz-checksum-sha256": asked.sha256,
        },
        "expiresInSeconds": 300,
    }


@app.post("/uploads/complete", status_code=201)
def complete(asked: CompleteRequest) -> dict[str, Any]:
    """Look at what was uploaded, and publish it."""
    staged = client.get_object(Bucket=BUCKET, Key=f"incoming/{asked.key}", Range="bytes=0-65535")
    head = staged["Body"].read()
    extension = asked.key.rpartition(".")[2]
    magic, at = MAGIC[extension]
    if not head.startswith(magic, at):
        raise HTTPException(422, "This is not the promised picture.")
    content_type = next(name for name, known in EXTENSIONS.items() if known == extension)
    client.copy_object(
        Bucket=BUCKET,
        Key=f"uploads/{asked.key}",
        CopySource={"Bucket": BUCKET, "Key": f"incoming/{asked.key}"},
        CopySourceIfMatch=staged["ETag"],
        IfNoneMatch="*",
        MetadataDirective="REPLACE",
        TaggingDirective="REPLACE",
        ContentType=content_type,
        ContentDisposition=f"inline; filename*=UTF-8''{quote(asked.filename)}",
        CacheControl="public, max-age=31536000, immutable",
    )
    return {"viewURL": f"https://img.test/i/{asked.key}", "contentType": content_type}
