"""What our init is compared with: FastAPI and boto3 on uvicorn with uvloop, as their own pages show them.

`async def`, though boto3 doesn't wait on anything here: a plain `def` would take a turn in a pool of threads each time,
and be slower.
"""

import os
import uuid
from typing import Annotated, Any, Literal

import boto3
from botocore.config import Config
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
}
client = boto3.client(
    "s3",
    config=Config(
        region_name=os.environ["AWS_REGION"],
        signature_version="s3v4",
        s3={"addressing_style": "virtual"},
        request_checksum_calculation="when_required",
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
            "Bucket": os.environ["S3_BUCKET"],
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
