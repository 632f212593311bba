"""One signed PUT: ours, boto3's `generate_presigned_url`, and botocore's S3SigV4QueryAuth, which boto3 calls.

One thread in one process signs the same request, with credentials in memory. The benchmark checks that all three make
the same URL. boto3 does much more than sign (it validates parameters, resolves the endpoint, serialises a request); our
presigner saves that.
"""

import argparse
import os
import time
from collections.abc import Callable
from functools import partial
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config as ClientConfig
from botocore.credentials import Credentials

from app.storage import Storage
from benchmarks.measure import ratio, spread, take_turns
from benchmarks.plot import Bars
from benchmarks.report import Goal, Section, main, table
from benchmarks.servers import INIT_REQUEST, OFFLINE
from config import Config

KEY = "01234567-89ab-4def-8123-456789abcdef.jpg"
TYPE, SIZE, SHA256 = INIT_REQUEST["contentType"], INIT_REQUEST["size"], INIT_REQUEST["sha256"]
TTL = 300
GOAL = 12


def contestants() -> dict[str, Callable[[], str]]:
    """Return each signer by its name."""
    os.environ.update(OFFLINE)
    storage = Storage(Config.from_env())
    client = boto3.client(
        "s3",
        config=ClientConfig(
            region_name="us-east-1",
            signature_version="s3v4",
            s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
            request_checksum_calculation="when_required",
        ),
    )
    params = {
        "Bucket": "images",
        "Key": f"incoming/{KEY}",
        "ContentType": TYPE,
        "ContentLength": SIZE,
        "IfNoneMatch": "*",
        "ChecksumSHA256": SHA256,
    }
    credentials = Credentials(OFFLINE["AWS_ACCESS_KEY_ID"], OFFLINE["AWS_SECRET_ACCESS_KEY"])
    url = storage.sign_upload(KEY, TYPE, SIZE, SHA256).url.partition("?")[0]
    headers = {
        "Content-Type": TYPE,
        "Content-Length": str(SIZE),
        "If-None-Match": "*",
        "x-amz-checksum-sha256": SHA256,
    }

    def auth() -> str:
        request = AWSRequest("PUT", url, headers)
        S3SigV4QueryAuth(credentials, "s3", "us-east-1", TTL).add_auth(request)
        return str(request.url)

    return {
        "ours": lambda: storage.sign_upload(KEY, TYPE, SIZE, SHA256).url,
        "boto3": lambda: client.generate_presigned_url("put_object", Params=params, ExpiresIn=TTL),
        "botocore's signer alone": auth,
    }


def agree(signers: dict[str, Callable[[], str]]) -> bool:
    """Say whether all sign the same, within one second of the clock."""
    for _ in range(3):
        urls = [urlsplit(sign()) for sign in signers.values()]
        if len({(url.netloc, url.path, str(sorted(parse_qs(url.query).items()))) for url in urls}) == 1:
            return True
    return False


def microseconds(sign: Callable[[], str], calls: int) -> float:
    """Return the microseconds of one signature."""
    began = time.perf_counter()
    for _ in range(calls):
        sign()
    return 1e6 * (time.perf_counter() - began) / calls


def run(arguments: argparse.Namespace) -> Section:
    """Sign."""
    signers = contestants()
    if not agree(signers):
        raise SystemExit("They do not sign the same.")
    found = take_turns(
        {name: partial(microseconds, sign, arguments.calls) for name, sign in signers.items()},
        arguments.rounds,
    )
    took = {name: spread(each) for name, each in found.items()}
    faster = {name: ratio(found[name], found["ours"]) for name in found}
    rows = [[name, took[name].show(1), f"{1e6 / took[name].median:,.0f}", faster[name].show(1)] for name in found]
    text = (
        table(["", "µs each", "a second on one core", "× ours"], rows)
        + f"\n\n{arguments.rounds} rounds of {arguments.calls:,} each, one thread. All three sign the same (checked)."
    )
    return Section(
        "Signing",
        text,
        [Goal("Signing, against boto3", f"≥ {GOAL} ×", f"{faster['boto3'].show(1)} ×", faster["boto3"].median >= GOAL)],
        {"signing": Bars("Signing one PUT (µs; less is better)", "µs", took, frozenset({"ours"}))},
    )


if __name__ == "__main__":
    main(__file__, run, rounds=9, calls=2000)
