"""What the service itself says and does: the other half of everything that the template must fit."""

import ast
import functools
import inspect
import io
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import botocore.session
from flask import Flask
from moto import mock_aws

from app import create_app
from app.pictures import EXTENSIONS, Image
from app.services import services
from app.storage import EXPIRY_DAYS, Album, Albums, Blocklist, Shown, Storage, Upkeep, Upload
from app.storage.bucket import cors, merge_lifecycle
from config import Config, ConfigError
from tests.deploy.cloudformation import Stack

GUNICORN = Path(__file__).parents[2] / "gunicorn.conf.py"
NAME = "0b9c6a52-7d1e-4c1b-9f3e-2a6f0e9d4c11"
DIGEST = "0" * 64
#: Every shape of a key: what follows `uploads/`.
KEYS = [
    f"{expiry}{NAME}.{extensions[0]}"
    for expiry in ("", *(f"{name}/" for name in EXPIRY_DAYS))
    for extensions in EXTENSIONS.values()
]
#: What ECS would put in from Secrets Manager.
_SECRETS = {"SECRET_KEY": "s" * 64, "UPLOAD_TOKENS": "t" * 32, "VERIFY_SECRET": "v" * 32}


def container(stack: Stack) -> dict[str, Any]:
    (definition,) = stack["TaskDefinition"]["ContainerDefinitions"]
    return definition


def environment(stack: Stack) -> dict[str, str]:
    return {variable["Name"]: variable["Value"] for variable in container(stack)["Environment"]}


def configuration(stack: Stack) -> Config:
    """Read the task's environment as the service does when it starts."""
    secrets = {secret["Name"]: _SECRETS[secret["Name"]] for secret in container(stack)["Secrets"]}
    with mock.patch.dict(os.environ, environment(stack) | secrets, clear=True):
        try:
            config = Config.from_env()
        except ConfigError as error:
            raise AssertionError(str(error)) from error
    return replace(config, credentials=("AKIDEXAMPLE", "a-secret-key-of-AWS"))


_applications: dict[str, Flask] = {}


def application(stack: Stack) -> Flask:
    """Make the service with the task's environment, once for each."""
    config = configuration(stack)
    return _applications.get(repr(config)) or _applications.setdefault(repr(config), create_app(config))


def storage(stack: Stack) -> Storage:
    return services(application(stack)).storage


@functools.cache
def gunicorn_settings() -> dict[str, Any]:
    return {
        statement.targets[0].id: statement.value.value
        for statement in ast.parse(GUNICORN.read_text()).body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and isinstance(statement.value, ast.Constant)
    }


@dataclass(frozen=True)
class Bucket:
    """What `storage setup` gives a bucket, and the permissions that the service uses: (action, key)."""

    cors: dict[str, Any]
    lifecycle: list[dict[str, Any]]
    uses: frozenset[tuple[str, str]]


@functools.cache
def bucket() -> Bucket:
    """Run every call of Storage and Upkeep on a store that writes down what it is asked for."""
    environ = {"S3_BUCKET": "images", "AWS_REGION": "us-east-1", **_SECRETS}
    with mock.patch.dict(os.environ, environ, clear=True):
        config = replace(Config.from_env(), credentials=("AKIDEXAMPLE", "secret"))
    with mock_aws():
        store = Storage(config)
        upkeep = Upkeep(config, store)
        upkeep.set_up(["https://page.test"])
        # No call of the client's: who holds such a URL asks by it.
        signed = [store.sign_upload(key, "image/png", 7, sha256="eA==") for key in KEYS]
        uses = {("s3:PutObject", urlsplit(put.url).path.removeprefix("/")) for put in signed}
        store.client.s3.meta.events.register(
            "provide-client-params.s3.*", lambda params, model, **_: uses.update(_permissions(model.name, params))
        )
        call = store.client.call

        def note(operation: str, name: str, *body: bytes, **fields: Any) -> Any:
            uses.update(_permissions(operation, {"Key": name, **fields}))
            return call(operation, name, *body, **fields)

        store.client.call = note  # type: ignore[method-assign]
        for part in ("policy", "cors", "lifecycle", "access block", "versioning", "encryption"):
            upkeep.configuration.read(part)
        # Whoever holds such a URL asks by it too, and with the rights of the task.
        uses.update(("s3:GetObject", urlsplit(store.sign_read(key, 60)).path.removeprefix("/")) for key in KEYS)
        done = {"sign_upload", "sign_read"}
        for key in KEYS:
            done |= _use(store, upkeep, key)
        done |= _block(store.blocklist)
        done |= _show(store.albums, upkeep)
    public = {
        name
        for kind in (Storage, Upkeep, Blocklist, Albums)
        for name, _ in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }
    # These are the operator's, with rights of their own.
    left_out = {"set_up", "invalidate"}
    assert public - done == left_out, "there are calls whose permissions nobody looks at"
    rule = cors(["https://page.test"])
    del rule["ID"]
    return Bucket(rule, merge_lifecycle([]), frozenset(uses))


def _use(store: Storage, upkeep: Upkeep, key: str) -> set[str]:
    """Make every call on `key`; return their names."""
    upload = Upload(key, "p.png", "image/png", 7, 1_750_000_000)
    store.stage(upload, io.BytesIO(b"picture"))
    staged = store.read_staged(key)
    store.read_range(key, replace(staged, head=b"pic"), 0, 7)
    store.publish(upload, staged, Image("image/png", 1, 1))
    store.find_published(key)
    list(upkeep.list_public())
    upkeep.take_down(key)
    store.is_deleted(key)
    store.withdraw(key)
    upkeep.withdraw_deleted()
    upkeep.expire(datetime.now(UTC) + timedelta(days=1000))
    store.discard(key, staged)
    file = io.BytesIO(b"picture")
    for _ in range(2):  # The second finds it there.
        store.put_back(upload, Image("image/png", 1, 1), file)
    upkeep.fetch(key, file)
    store.look_up(key, datetime.now(UTC))
    list(upkeep.list_staged())
    list(upkeep.list_deleted())
    upkeep.expire(datetime.now(UTC) + timedelta(days=1000))
    store.delete(key)
    store.look_up(key, datetime.now(UTC))
    store.check()
    return {
        *("stage", "read_staged", "read_range", "publish", "put_back", "find_published", "delete", "discard", "check"),
        *("list_public", "list_staged", "list_deleted", "fetch", "look_up"),
        *("take_down", "is_deleted", "withdraw", "withdraw_deleted", "expire"),
    }


def _block(blocklist: Blocklist) -> set[str]:
    """Make every call about blocked bytes; return their names."""
    blocklist.is_empty()
    blocklist.add(DIGEST)
    list(blocklist)
    blocklist.remove(DIGEST)
    return {"is_empty", "add", "remove"}


def _show(albums: Albums, upkeep: Upkeep) -> set[str]:
    """Make every call about albums; return their names."""
    for expires_in in (None, "7d"):
        album = Album.new("", KEYS[0], (Shown(KEYS[0], "", "p.png", 7, 1, 1),), expires_in)
        albums.create(album)
        albums.replace(album, albums.read(album.id)[1])
        albums.delete(album.id)
    list(albums.list())
    upkeep.expire(datetime.now(UTC) + timedelta(days=1000))
    return {"create", "read", "replace", "delete", "list"}


_NAMED_OTHERWISE = {
    "GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "GetBucketCors": "s3:GetBucketCORS",
}


def _permissions(operation: str, params: dict[str, Any]) -> set[tuple[str, str]]:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    missing = ("s3:ListBucket", "")  # Without it, a missing key is 403 rather than 404.
    match operation:
        case "HeadBucket" | "ListObjectsV2":
            return {("s3:ListBucket", "")}
        case "GetBucketPolicy" | "GetBucketVersioning":
            return {(f"s3:{operation}", "")}
        case name if name in _NAMED_OTHERWISE:
            return {(_NAMED_OTHERWISE[name], "")}
        case "GetObject" | "HeadObject":
            return {("s3:GetObject", params["Key"]), missing}
        case "PutObject" | "DeleteObject":
            return {(f"s3:{operation}", params["Key"])}
        case "CopyObject":
            assert params["TaggingDirective"] == "REPLACE", "copying tags takes permissions for tags"
            return {("s3:GetObject", params["CopySource"].partition("/")[2]), ("s3:PutObject", params["Key"]), missing}
    raise AssertionError(f"{operation}: which permission does it take?")


@functools.cache
def actions() -> frozenset[str]:
    """Every permission of S3 that an operation is named for, those that are named otherwise, and a few of others."""
    operations = botocore.session.get_session().get_service_model("s3").operation_names
    return frozenset(f"s3:{name}".replace("Cors", "CORS") for name in operations) | {
        "s3:ListBucket",
        "s3:ListAllMyBuckets",
        "s3:ListBucketVersions",
        "s3:GetObjectVersion",
        "s3:DeleteObjectVersion",
        "s3:PutLifecycleConfiguration",
        "s3:PutObjectVersionAcl",
        "s3:BypassGovernanceRetention",
        "ecr:PutImage",
        "ecs:RunTask",
        "iam:PassRole",
        "logs:DeleteLogGroup",
        "secretsmanager:GetSecretValue",
        "sts:AssumeRole",
    }
