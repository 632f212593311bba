"""The operator's commands, with moto as the store: what they list, take down, refuse and print."""

import gc
import hashlib
import io
import json
import re
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import time_machine
from click.testing import Result
from flask import Flask

from app import create_app, progress
from app.services import services
from app.storage import MAX_INVALIDATED
from app.tally import Tally
from benchmarks.servers import stand_in
from config import Config
from tests.conftest import picture

BASE = "https://images.s3.eu-central-1.amazonaws.com/uploads"
KEYS = [
    "0b9c6a52-7d1e-4c1b-9f3e-2a6f0e9d4c11.png",
    "1d/1b9c6a52-7d1e-4c1b-9f3e-2a6f0e9d4c11.jpg",
    "7d/2b9c6a52-7d1e-4c1b-9f3e-2a6f0e9d4c11.avif",
]
KEY = KEYS[0]


@pytest.fixture
def run(moto_app: Flask) -> Callable[..., Result]:
    return runner(moto_app)


def runner(app: Flask) -> Callable[..., Result]:
    def run(*args: str, **options: Any) -> Result:
        return app.test_cli_runner().invoke(args=["images", *args], **options)

    return run


PNG = picture("image/png")


def publish(app: Flask, **fields: str) -> dict[str, Any]:
    """Publish a picture as a client does."""
    client = app.test_client()
    answer: Any = client.post("/uploads/init", json={"contentType": "image/png", "size": len(PNG), **fields}).json
    bucket = boto3.resource("s3", "eu-central-1").Bucket("images")
    bucket.put_object(Key=f"incoming/{answer['uploadId']}.png", Body=PNG)
    done = client.post("/uploads/complete", json={"uploadToken": answer["uploadToken"]})
    assert done.status_code == 201, done.text
    return dict(done.json or {})


@pytest.fixture
def published(owner: Any) -> None:
    for key in KEYS:
        owner.put_object(Key=f"uploads/{key}", Body=b"12345")
    owner.put_object(Key="incoming/3b9c6a52-7d1e-4c1b-9f3e-2a6f0e9d4c11.png", Body=b"secret")


def public(owner: Any) -> list[str]:
    return [item.key.removeprefix("uploads/") for item in owner.objects.filter(Prefix="uploads/")]


# list


def test_list_shows_what_is_public_and_nothing_else(run: Callable[..., Result], published: None) -> None:
    done = run("list")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [line[1:] for line in lines] == [["5", f"{BASE}/{key}"] for key in KEYS]
    assert all(len(line[0]) == len("2026-01-01T00:00:00Z") for line in lines)
    assert done.exit_code == 0


def test_list_is_json_for_programs(run: Callable[..., Result], published: None) -> None:
    rows = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    assert [(row["key"], row["link"], row["size"]) for row in rows] == [(key, f"{BASE}/{key}", 5) for key in KEYS]
    assert rows[0]["modified"].endswith("Z")


def test_list_of_nothing_is_empty(run: Callable[..., Result]) -> None:
    done = run("list")
    assert (done.exit_code, done.output) == (0, "")


def test_list_gives_one_line_to_each_key_whatever_is_in_it(run: Callable[..., Result], owner: Any) -> None:
    owner.put_object(Key="uploads/a\n\x1b[2Jb c.png", Body=b"x")
    done = run("list")
    assert done.stdout.count("\n") == 1
    assert done.stdout.endswith("/a%0A%1B%5B2Jb%20c.png\n")
    assert json.loads(run("list", "--json").stdout)["key"] == "a\n\x1b[2Jb c.png"


def test_list_goes_on_after_the_first_page(
    run: Callable[..., Result], owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "3")
    names = sorted(f"{uuid.uuid4()}.png" for _ in range(7))
    for name in names:
        owner.put_object(Key=f"uploads/{name}", Body=b"x")
    assert [line.rpartition("/")[2] for line in run("list").stdout.splitlines()] == names


# show


def test_show_says_what_is_known_of_a_public_picture(moto_app: Flask, run: Callable[..., Result]) -> None:
    result = publish(moto_app, filename="été.png", expiresIn="7d")
    done = run("show", result["viewURL"], "--json")
    found = json.loads(done.stdout)
    assert found.pop("published").endswith("Z")
    assert datetime.fromisoformat(found.pop("expiresAt")) == datetime.fromisoformat(result["expiresAt"])
    assert found == {
        "key": result["viewURL"].removeprefix(f"{BASE}/"),
        "link": result["viewURL"],
        "state": "public",
        "filename": "été.png",
        "contentType": "image/png",
        "size": len(PNG),
        "width": 64,
        "height": 48,
    }
    lines = dict(line.split(maxsplit=1) for line in run("show", result["viewURL"]).stdout.splitlines())
    assert (lines["state"], lines["filename"], lines["size"]) == ("public", "été.png", f"{len(PNG):,} bytes")
    assert lines["published"].endswith("Z")


def test_show_of_a_picture_that_stays_says_never(moto_app: Flask, run: Callable[..., Result]) -> None:
    result = publish(moto_app)
    assert json.loads(run("show", result["viewURL"], "--json").stdout)["expiresAt"] is None
    assert "expiresAt   never\n" in run("show", result["viewURL"]).stdout


def test_show_tells_the_states_apart(moto_app: Flask, run: Callable[..., Result], owner: Any) -> None:
    def state(key: str) -> str:
        found = json.loads(run("show", key, "--json").stdout)
        assert set(found) == {"key", "link", "state"} or found["state"] in ("public", "expired")
        return str(found["state"])

    assert state(KEY) == "gone"
    owner.put_object(Key=f"incoming/{KEY}", Body=b"12345")
    assert state(KEY) == "unpublished"
    result = publish(moto_app, expiresIn="1d")
    assert state(result["viewURL"]) == "public"
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1, minutes=1)):
        assert state(result["viewURL"]) == "expired"
    run("delete", result["viewURL"])
    assert state(result["viewURL"]) == "deleted"
    for item in owner.objects.all():
        item.delete()
    assert state(result["viewURL"]) == "gone"


def test_show_obeys_nothing_that_others_wrote(run: Callable[..., Result], owner: Any) -> None:
    owner.put_object(
        Key=f"uploads/{KEY}",
        Body=b"x",
        ContentDisposition="inline; filename*=UTF-8''%1B%5B2J%0Aevil",
        ContentType="text/html",
    )
    done = run("show", KEY)
    assert "\x1b" not in done.stdout
    assert "filename    ?[2J?evil\n" in done.stdout
    assert run("show", "https://evil.test/x.png").exit_code == 2


# stats


def test_stats_count_by_expiry_type_and_month(run: Callable[..., Result], published: None, owner: Any) -> None:
    owner.put_object(Key="uploads/of/somebody/else.exe", Body=b"1234567")
    found = json.loads(run("stats", "--json").stdout)
    now = datetime.now(UTC)
    assert (found["pictures"], found["bytes"]) == (4, 22)
    assert {name: row["pictures"] for name, row in found["expiries"].items()} == {
        "none": 1,
        "1d": 1,
        "7d": 1,
        "other": 1,
    }
    assert found["types"]["other"] == {"pictures": 1, "bytes": 7}
    assert found["types"].keys() == {"png", "jpg", "avif", "other"}
    assert sum(row["pictures"] for row in found["months"].values()) == 4
    assert f"{now:%Y-%m}" in found["months"]
    assert f"{now:%Y-%m-%d}" in json.loads(run("stats", "--json", "--by", "day").stdout)["days"]
    text = run("stats").stdout
    assert re.search(r"(?m)^pictures +4 +0\.0 MB$", text)
    assert f"  {now:%Y-%m}  " in text


def test_stats_hold_one_page_of_the_listing_at_a_time(configure: Callable[..., Config]) -> None:
    # `python -m benchmarks.listing` does it with a million, and with `images list`.
    held = []
    with stand_in(keys=4_000) as store:
        tally = Tally("%Y-%m")
        listed = services(create_app(configure(s3_endpoint_url=store.url))).upkeep.list_public()
        for number, found in enumerate(listed, 1):
            tally.count(found)
            if number % 1_000 == 500:
                gc.collect()
                held.append(sys.getallocatedblocks())
    assert tally.total.pictures == 4_000
    # Whatever kept the two pages between, or anything of each of their keys, would hold more.
    assert held[3] - held[1] < 2_000


def test_stats_and_usage_agree(moto_app: Flask, run: Callable[..., Result], published: None) -> None:
    usage = json.loads(moto_app.test_cli_runner().invoke(args=["storage", "usage", "--json"]).stdout)
    stats = json.loads(run("stats", "--json").stdout)
    assert {name: usage[name] for name in ("pictures", "bytes", "expiries", "types")} == {
        name: stats[name] for name in ("pictures", "bytes", "expiries", "types")
    }


# block: tests/contract/test_blocklist.py shows on a real store what it does


@pytest.mark.parametrize("stranger", ["nowhere.png", "https://evil.test/x.png", "0" * 63, "g" * 64, "x" * 5000, "/"])
@pytest.mark.parametrize("command", ["block", "unblock"])
def test_block_refuses_what_it_does_not_know_and_touches_nothing(
    run: Callable[..., Result], published: None, owner: Any, command: str, stranger: str
) -> None:
    before = [item.key for item in owner.objects.all()]
    done = run(command, "0" * 64, stranger)
    assert done.exit_code == 2
    assert f"Nothing was {command}ed." in done.stderr
    assert done.stdout == ""
    assert [item.key for item in owner.objects.all()] == before


def test_block_has_the_cdn_forget_the_picture(cdn: Any, published: None, owner: Any) -> None:
    run, invalidated = cdn
    assert run("block", KEY).exit_code == 0
    assert invalidated() == [[f"/i/{KEY}"]]
    assert public(owner) == KEYS[1:]
    assert f"blocked/{hashlib.sha256(b'12345').hexdigest()}" in [item.key for item in owner.objects.all()]


# On a terminal


def test_progress_is_shown_on_a_terminal_and_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setattr(progress, "ON_TERMINAL", -1)
    known = progress.Progress()
    known.show("1 listed")
    known.show("2 listed")
    known.clear()
    assert shown.getvalue() == "\r1 listed\033[K\r2 listed\033[K\r\033[K"


# delete


@pytest.mark.parametrize(
    "form",
    [
        KEY,
        f"uploads/{KEY}",
        f"{BASE}/{KEY}",
        f"{BASE}/{KEY}?utm_source=x#y",
        f"http://images.s3.eu-central-1.amazonaws.com/uploads/{KEY}",
        f"HTTPS://Images.S3.eu-central-1.amazonaws.com:443/uploads/{KEY}",
        f"{BASE}/{KEY.replace('-', '%2D')}",
        f"{BASE}/{KEY.replace('.', '%2e').replace('b', '%62')}?response-content-type=text/html",
        f"https://s3.eu-central-1.amazonaws.com/images/uploads/{KEY}",
    ],
)
def test_delete_takes_a_key_or_a_link(run: Callable[..., Result], published: None, owner: Any, form: str) -> None:
    done = run("delete", form)
    assert (done.exit_code, done.output) == (0, f"{KEY}: deleted\n")
    assert public(owner) == KEYS[1:]


def test_delete_takes_links_of_the_cdn_and_of_the_bucket(configure: Callable[..., Config], moto_app: Flask) -> None:
    app = create_app(
        configure(s3_endpoint_url=None, aws_region="eu-central-1", public_base_url="https://img.test/i"),
    )
    run = runner(app)
    for link in (f"https://img.test/i/{KEYS[1]}", f"{BASE}/{KEYS[1]}"):
        assert run("delete", link).exit_code == 0
    for stranger in (f"https://img.test/{KEYS[1]}", f"https://img.test/i/uploads/{KEYS[1]}"):
        assert run("delete", stranger).exit_code == 2


@pytest.mark.parametrize(
    "link",
    [
        "https://img.test/i/{}",
        "http://IMG.test:80/i/{}?x=1#y",
        "http://127.0.0.1:8333/images/uploads/{}",
        "http://localhost:8333/images/uploads/{}",
    ],
)
def test_links_of_the_edge_are_known_in_each_form(configure: Callable[..., Config], link: str) -> None:
    config = configure(
        embedded=True, edge=True, s3_endpoint_url="http://127.0.0.1:8333", public_base_url="https://img.test/i"
    )
    links = services(create_app(config)).storage.links
    assert [links.find_key(link.format(key)) for key in KEYS] == KEYS
    strangers = [
        "https://img.test:8443/i/{}",
        "http://localhost:8334/images/uploads/{}",
        "http://localhost.evil:8333/i/{}",
    ]
    assert [links.find_key(stranger.format(KEY)) for stranger in strangers] == [None] * 3


def test_delete_takes_several_and_says_so_for_each(run: Callable[..., Result], published: None, owner: Any) -> None:
    missing = f"{uuid.uuid4()}.gif"
    done = run("delete", KEYS[1], missing, f"uploads/{KEYS[2]}", KEYS[1])
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        f"{KEYS[1]}: deleted",
        f"{missing}: was not public; now it never will be",
        f"{KEYS[2]}: deleted",
    ]
    assert public(owner) == [KEY]
    assert run("delete", KEYS[1]).output == f"{KEYS[1]}: was not public; now it never will be\n"


def test_delete_reads_the_lines_of_list(run: Callable[..., Result], published: None, owner: Any) -> None:
    lines = "\n".join(line for line in run("list").stdout.splitlines() if "/1d/" in line or "/7d/" in line)
    done = run("delete", "-", input=f"\n{lines}\n\n")
    assert (done.exit_code, done.output.count(": deleted\n")) == (0, 2)
    assert public(owner) == [KEY]


def test_albums_are_listed_and_taken_down_by_their_lines(
    moto_app: Flask, run: Callable[..., Result], owner: Any
) -> None:
    pictures = [{"viewURL": publish(moto_app)["viewURL"]}]
    made = [
        moto_app.test_client().post("/albums", json={"pictures": pictures, **fields}).json["albumURL"]
        for fields in ({}, {"expiresIn": "7d"})
    ]
    listed = run("albums").stdout
    assert {line.split()[-1] for line in listed.splitlines()} == set(made)
    done = run("delete", "-", input=listed)
    assert done.exit_code == 0
    assert {line.split(":")[0] for line in done.stdout.splitlines()} == {link.rpartition("/")[2] for link in made}
    assert run("albums").stdout == ""
    # Its pictures are their uploaders'.
    assert len(public(owner)) == 1


def test_delete_touches_no_album_where_it_refuses_anything(moto_app: Flask, run: Callable[..., Result]) -> None:
    pictures = [{"viewURL": publish(moto_app)["viewURL"]}]
    link = moto_app.test_client().post("/albums", json={"pictures": pictures}).json["albumURL"]
    assert run("delete", link, "https://evil.test/a.png").exit_code == 2
    assert link in run("albums").stdout


def test_delete_of_no_lines_does_nothing(run: Callable[..., Result], published: None, owner: Any) -> None:
    done = run("delete", "-", input="\n")
    assert (done.exit_code, done.output) == (0, "")
    assert run("delete").exit_code == 2
    assert public(owner) == KEYS


@pytest.mark.parametrize(
    "stranger",
    [
        "",
        "uploads/",
        "uploads",
        "*",
        "7d/",
        "7d",
        KEY[:-4],
        KEY.upper(),
        f"incoming/{KEY}",
        f"/uploads/{KEY}",
        f"uploads/uploads/{KEY}",
        f"../{KEY}",
        f"x/{KEY}",
        f"{KEY}\n",
        f"{KEY}/x",
        f"https://evil.test/uploads/{KEY}",
        f"https://evil.test/{BASE}/{KEY}",
        f"{BASE}.evil.test/{KEY}",
        f"{BASE}/../incoming/{KEY}",
        f"{BASE}/",
        BASE,
        f"s3://images/uploads/{KEY}",
        "https://[",
        f"https://images.s3.eu-central-1.amazonaws.com@evil.test/uploads/{KEY}",
        f"{BASE}%2F..%2Fincoming/{KEY}",
        f"{BASE}/{KEY}%00",
        f"{BASE}/%2575{KEY[1:]}",
        "://",
    ],
)
def test_delete_refuses_what_is_not_ours_and_touches_nothing(
    run: Callable[..., Result], published: None, owner: Any, stranger: str
) -> None:
    before = [item.key for item in owner.objects.all()]
    done = run("delete", KEY, "--", stranger)
    assert done.exit_code == 2
    assert "Neither a key nor a link of ours: " in done.stderr
    assert f"{BASE}/" in done.stderr
    assert "Nothing was deleted." in done.stderr
    assert done.stdout == ""
    assert [item.key for item in owner.objects.all()] == before


def test_delete_names_a_few_of_many_strangers(run: Callable[..., Result]) -> None:
    done = run("delete", "-", input="".join(f"stranger-{number}\n" for number in range(1000)))
    assert done.exit_code == 2
    assert "stranger-4" in done.stderr
    assert "stranger-5'" not in done.stderr
    assert "995 more" in done.stderr


def test_delete_ends_a_replayed_complete(moto_app: Flask, run: Callable[..., Result], owner: Any) -> None:
    client = moto_app.test_client()
    for expiry in ({}, {"expiresIn": "7d"}):
        upload = client.post("/uploads/init", json={"contentType": "image/png", "size": 5, **expiry}).json
        key = f"{upload['uploadId']}.png"
        # Taken down before its uploader completed it: a report may come first.
        owner.put_object(Key=f"incoming/{key}", Body=b"12345")
        assert run("delete", f"7d/{key}" if expiry else key).exit_code == 0
        answer = client.post("/uploads/complete", json={"uploadToken": upload["uploadToken"]})
        assert (answer.status_code, answer.json["code"]) == (410, "deleted")
        assert public(owner) == []


# A store that does not answer


@pytest.mark.parametrize(
    "command",
    [
        ["list"],
        ["list", "--json"],
        ["stats"],
        ["show", KEY],
        ["delete", KEY],
        ["block", KEY],
        ["block", "0" * 64],
        ["unblock", "0" * 64],
        ["blocked"],
    ],
)
def test_commands_say_that_the_store_is_down(down: Config, command: list[str]) -> None:
    done = runner(create_app(down))(*command)
    assert done.exit_code == 1
    assert "Could not connect" in done.stderr
    assert "Traceback" not in done.output
    assert done.stdout == ""


def test_expire_says_that_the_store_is_down(down: Config) -> None:
    done = create_app(down).test_cli_runner().invoke(args=["storage", "expire"])
    assert done.exit_code == 1
    assert "Could not connect" in done.stderr


# With a CDN


@pytest.fixture
def cdn(configure: Callable[..., Config], moto_app: Flask, owner: Any) -> tuple[Callable[..., Result], Any]:
    """Return a function that runs a command of an instance behind CloudFront, and CloudFront's invalidations."""
    cloudfront = boto3.client("cloudfront", region_name="us-east-1")
    origin = {
        "Id": "pictures",
        "DomainName": "images.s3.eu-central-1.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    # The site's, and that of pictures with a host of their own.
    site, pictures = (
        cloudfront.create_distribution(
            DistributionConfig={
                "CallerReference": name,
                "Comment": "",
                "Enabled": True,
                "Origins": {"Quantity": 1, "Items": [origin]},
                "DefaultCacheBehavior": {"TargetOriginId": "pictures", "ViewerProtocolPolicy": "redirect-to-https"},
            }
        )["Distribution"]["Id"]
        for name in ("site", "pictures")
    )
    app = create_app(
        configure(
            s3_endpoint_url=None,
            aws_region="eu-central-1",
            public_base_url="https://img.test/i",
            site_url="https://page.test",
            cloudfront_distribution_id=[site, pictures],
        )
    )

    def paths(distribution: str) -> list[list[str]]:
        items = cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"].get("Items", [])
        found = [cloudfront.get_invalidation(DistributionId=distribution, Id=item["Id"]) for item in items]
        return [each["Invalidation"]["InvalidationBatch"]["Paths"]["Items"] for each in found]

    def invalidated() -> list[list[str]]:
        assert paths(site) == paths(pictures), "one of the two goes on serving them"
        return paths(site)

    return runner(app), invalidated


def test_delete_has_the_cdn_forget_all_at_once(cdn: Any, published: None, owner: Any) -> None:
    run, invalidated = cdn
    done = run("delete", *KEYS)
    assert done.exit_code == 0, done.output
    assert invalidated() == [[f"/i/{key}" for key in KEYS]]
    assert "told to forget 3" in done.stdout
    assert public(owner) == []


def test_delete_takes_links_of_before(cdn: Any, published: None, owner: Any) -> None:
    """The page's address had the pictures until they got a host of their own."""
    run, invalidated = cdn
    done = run("delete", f"https://page.test/i/{KEY}")
    assert done.exit_code == 0, done.output
    assert invalidated() == [[f"/i/{KEY}"]]
    assert run("delete", f"https://elsewhere.test/i/{KEY}").exit_code == 2


def test_delete_again_has_the_cdn_forget_again(cdn: Any, published: None) -> None:
    run, invalidated = cdn
    assert [run("delete", KEY).exit_code for _ in range(2)] == [0, 0]
    assert invalidated() == [[f"/i/{KEY}"]] * 2


def test_delete_tells_the_cdn_nothing_where_it_refuses(cdn: Any, published: None, owner: Any) -> None:
    run, invalidated = cdn
    assert run("delete", KEY, "stranger").exit_code == 2
    assert run("delete", "-", input="").exit_code == 0
    many = "".join(f"{uuid.uuid4()}.png\n" for _ in range(MAX_INVALIDATED + 1))
    done = run("delete", "-", input=many)
    assert done.exit_code == 2
    assert str(MAX_INVALIDATED) in done.stderr
    assert invalidated() == []
    assert public(owner) == KEYS


def test_delete_says_when_the_cdn_was_not_told(
    configure: Callable[..., Config], moto_app: Flask, published: None, owner: Any
) -> None:
    app = create_app(
        configure(s3_endpoint_url=None, aws_region="eu-central-1", cloudfront_distribution_id=["E2NOSUCHEXAMPLE"])
    )
    done = runner(app)("delete", KEY)
    assert done.exit_code == 1
    assert done.stdout == f"{KEY}: deleted\n"
    assert "may go on serving for up to a day" in done.stderr
    assert "NoSuchDistribution" in done.stderr
    assert "Traceback" not in done.output
    assert public(owner) == KEYS[1:]


def test_delete_that_fails_half_way_tells_the_cdn_of_the_first_half(
    cdn: Any, published: None, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, invalidated = cdn
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:PutObject",
                "Resource": f"arn:aws:s3:::images/incoming/{KEYS[1].rpartition('/')[2]}",
            }
        ],
    }
    boto3.client("s3", "eu-central-1").put_bucket_policy(Bucket="images", Policy=json.dumps(policy))
    done = run("delete", *KEYS)
    assert done.exit_code == 1
    assert f"{KEYS[1]} was not deleted" in done.stderr
    assert invalidated() == [[f"/i/{KEY}"]]
    assert public(owner) == KEYS[1:]


def test_list_leaves_the_cdn_alone(cdn: Any, published: None) -> None:
    run, invalidated = cdn
    assert f"https://img.test/i/{KEY}" in run("list").stdout
    assert invalidated() == []
