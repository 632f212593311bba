"""`POST /uploads/complete`: what it adds to the three calls that it makes, and how many a distant store lets through.

First on the embedded SeaweedFS, one after the other, on the same staged photos: over HTTP through gunicorn, and with
boto3 the bare `get_object` of the first 64 KiB and `copy_object`, with and without the `head_object` of the mark that a
delete would have left. Then one worker on one core against a stand-in for a store (store.py) that is far away: 30 ms,
which is farther than S3 from a task in its region, and 100 ms, another continent. Three such calls each, CALLS at a
time, is all that the turns allow.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlsplit

import boto3
from botocore.config import Config as ClientConfig
from botocore.exceptions import ClientError

from app import embedded
from app.storage import Upload
from app.storage.turns import CALLS
from app.tokens import Tokens
from benchmarks.measure import ratio, spread, take_turns
from benchmarks.photos import photo
from benchmarks.plot import Bars
from benchmarks.report import Goal, Section, main, table
from benchmarks.servers import INIT_REQUEST, OFFLINE, Served, ours, post, stand_in
from config import Config
from tests.conftest import free_port

TWO_CALLS = "boto3: get_object, copy_object"
DELAYS = (0.030, 0.100)
#: More than the turns to call the store.
CONNECTIONS = 18


def token(key: str, size: int) -> str:
    """Return the upload that `init` would have made."""
    upload = Upload(key, INIT_REQUEST["filename"], INIT_REQUEST["contentType"], size, int(time.time()))
    return Tokens(OFFLINE["SECRET_KEY"]).sign_upload(upload)


@dataclass(frozen=True)
class Took:
    """Milliseconds of each complete, and of the API's CPU, without the store's."""

    ms: float
    cpu_ms: float

    @classmethod
    def by(cls, seconds: float, cpu: float, count: int) -> Self:
        """Return what one of `count` took."""
        return cls(1000 * seconds / count, 1000 * cpu / count)


class Embedded:
    """The real store, with photos staged in it."""

    def __init__(self, instance: Path) -> None:
        os.environ.update({"INSTANCE_PATH": str(instance), "S3_PORT": str(free_port())})
        self.config = embedded.start(Config.from_env())
        access_key, secret_key = self.config.credentials or ("", "")
        self.env = {
            "S3_ENDPOINT_URL": str(self.config.s3_endpoint_url),
            "S3_BUCKET": self.config.s3_bucket,
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": secret_key,
        }
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=self.config.s3_endpoint_url,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            config=ClientConfig(region_name="us-east-1", signature_version="s3v4", s3={"addressing_style": "path"}),
        )
        self._photo = photo(1200, 900)

    def stage(self, count: int) -> list[str]:
        """Stage photos, as the browser would."""
        keys = [f"{uuid.uuid4()}.jpg" for _ in range(count)]
        for key in keys:
            self.client.put_object(
                Bucket="images", Key=f"incoming/{key}", Body=self._photo, ContentType=INIT_REQUEST["contentType"]
            )
        return keys

    def bare(self, keys: list[str], *, look: bool) -> Took:
        """Publish without any check; `look` says whether to look for a delete."""
        began, used = time.perf_counter(), time.process_time()
        for key in keys:
            answer = self.client.get_object(Bucket="images", Key=f"incoming/{key}", Range="bytes=0-65535")
            answer["Body"].read()
            self.client.copy_object(
                Bucket="images",
                Key=f"uploads/{key}",
                CopySource={"Bucket": "images", "Key": f"incoming/{key}"},
                CopySourceIfMatch=answer["ETag"],
                IfNoneMatch="*",
                MetadataDirective="REPLACE",
                TaggingDirective="REPLACE",
                ContentType=INIT_REQUEST["contentType"],
                ContentDisposition=f"inline; filename*=UTF-8''{quote(INIT_REQUEST['filename'])}",
                CacheControl="public, max-age=31536000, immutable",
                Metadata={"width": "1200", "height": "900"},
            )
            if look:
                with suppress(ClientError):
                    self.client.head_object(Bucket="images", Key=f"incoming/deleted/{key}")
        return Took.by(time.perf_counter() - began, time.process_time() - used, len(keys))

    def through(self, served: Served, api: HTTPConnection, keys: list[str]) -> Took:
        """Publish through the API."""
        bodies = [json.dumps({"uploadToken": token(key, len(self._photo))}) for key in keys]
        began, used = time.perf_counter(), served.cpu()
        for body in bodies:
            ask(api, body)
        return Took.by(time.perf_counter() - began, served.cpu() - used, len(keys))


def ask(api: HTTPConnection, body: str) -> None:
    """Complete one.

    Raises:
        RuntimeError: it was not published.
    """
    api.request("POST", "/uploads/complete", body, {"Content-Type": "application/json"})
    answer = api.getresponse()
    text = answer.read()
    if answer.status != 201:
        raise RuntimeError(f"{answer.status} {text.decode()}")


@contextmanager
def connected(served: Served) -> Iterator[HTTPConnection]:
    """Open a connection to the API, and keep it."""
    connection = HTTPConnection(urlsplit(served.url).netloc, timeout=60)
    try:
        yield connection
    finally:
        connection.close()


def beside_boto3(rounds: int, count: int) -> dict[str, list[Took]]:
    """Return what each took."""
    with tempfile.TemporaryDirectory() as folder:
        store = Embedded(Path(folder))
        with ours(**store.env) as api, connected(api) as connection:
            return take_turns(
                {
                    "ours, over HTTP": lambda: store.through(api, connection, store.stage(count)),
                    "boto3: get_object, copy_object, head_object": lambda: store.bare(store.stage(count), look=True),
                    TWO_CALLS: lambda: store.bare(store.stage(count), look=False),
                },
                rounds,
            )


def far_away(delay: float, rounds: int, seconds: int) -> tuple[list[float], float, float]:
    """Return completes a second, the milliseconds of one alone, and the CPU milliseconds of each."""
    bodies = [json.dumps({"uploadToken": token(f"{uuid.uuid4()}.jpg", INIT_REQUEST["size"])}) for _ in range(100)]
    with tempfile.TemporaryDirectory() as folder, stand_in(delay) as store, ours(S3_ENDPOINT_URL=store.url) as api:
        script = post(Path(folder), "/uploads/complete", bodies)
        found = take_turns({"": lambda: api.load(script, seconds, CONNECTIONS)}, rounds)[""]
        alone = api.load(script, seconds, 1).p50
    return [load.rate for load in found], alone, spread([load.cpu_ms for load in found]).median


def run(arguments: argparse.Namespace) -> Section:
    """Complete."""
    found = beside_boto3(arguments.rounds, arguments.count)
    times = {name: [took.ms for took in each] for name, each in found.items()}
    costs = {name: [took.cpu_ms for took in each] for name, each in found.items()}
    mine, bare, _ = times.values()
    times_bare = ratio(mine, bare)
    work = {name: statistics.mean(each) for name, each in costs.items()}
    of_two_calls = next(iter(work.values())) / work[TWO_CALLS]
    rows, goals = [], []
    for delay in DELAYS:
        rates, alone, cpu_ms = far_away(delay, max(arguments.rounds // 6, 1), arguments.seconds)
        allowed = CALLS / (3 * delay)
        share = spread([rate / allowed for rate in rates])
        away = f"{1000 * delay:.0f} ms"
        rows.append(
            [
                away,
                spread(rates).show(),
                f"{allowed:.0f}",
                f"{share.show(1, 100)} %",
                f"{cpu_ms:.2f}",
                f"{alone:.1f}",
            ]
        )
        goals.append(
            Goal(
                f"complete, store {away} away: of what the turns allow",
                "≥ 90 %",
                f"{share.show(1, 100)} %",
                share.median >= 0.9,
            )
        )
    near = table(
        ["", "ms each", "ours ÷ this", "CPU ms each"],
        [[name, spread(each).show(1), ratio(mine, each).show(2), f"{work[name]:.2f}"] for name, each in times.items()],
    )
    far = table(
        ["store", "completes a second", "allowed by the turns", "share", "CPU ms each", "ms for one alone"], rows
    )
    adds = spread([ours - theirs for ours, theirs in zip(mine, bare, strict=True)])
    text = f"""\
On the embedded SeaweedFS, one after the other, {arguments.rounds} rounds of {arguments.count}:

{near}

What the API adds to the store's three answers, round by round: {adds.show(1)} ms.

With a store that is far away, one worker, one core, {len(rates)} rounds of {arguments.seconds} s over {CONNECTIONS}
connections, {CALLS} calls at a time:

{far}"""
    return Section(
        "complete",
        text,
        [
            Goal("complete, against the bare calls", "≤ 1.2 ×", f"{times_bare.show(2)} ×", times_bare.median <= 1.2),
            Goal("CPU of complete, against two bare calls", "≤ 0.7 ×", f"{of_two_calls:.2f} ×", of_two_calls <= 0.7),
            *goals,
        ],
        {
            "complete": Bars(
                "complete on SeaweedFS, one after the other (ms; less is better)",
                "ms",
                {name: spread(each) for name, each in times.items()},
                frozenset({"ours, over HTTP"}),
                1,
            )
        },
    )


if __name__ == "__main__":
    main(__file__, run, rounds=30, count=30, seconds=4)
