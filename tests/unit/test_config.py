"""Settings: every wrong one is named at once, secrets stay out of sight, and the documents agree."""

import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from config import ROOT, Config, ConfigError, hash_token

#: Fields that no variable sets by itself: the embedded store fills them in.
DERIVED = {"embedded", "edge", "credentials", "neighbours", "store_referer"}
NAMES = {field.name.upper() for field in fields(Config)} - {name.upper() for name in DERIVED}
SECRET = "a secret of the tests and long enough"
S3 = {"S3_BUCKET": "pictures", "AWS_REGION": "eu-central-1", "SECRET_KEY": SECRET}

#: For each variable a value other than the default, as text and as read.
OTHERS: dict[str, tuple[str, Any]] = {
    "S3_BUCKET": ("my-pictures-2", "my-pictures-2"),
    "AWS_REGION": ("eu-west-1", "eu-west-1"),
    "S3_ENDPOINT_URL": ("https://s3.test:9000", "https://s3.test:9000"),
    "S3_PUBLIC_ENDPOINT_URL": ("https://public.test", "https://public.test"),
    "PUBLIC_BASE_URL": ("https://cdn.test/i", "https://cdn.test/i"),
    "CLOUDFRONT_DISTRIBUTION_ID": ("E2EXAMPLE1ABCD, E2EXAMPLE2ABCD", ["E2EXAMPLE1ABCD", "E2EXAMPLE2ABCD"]),
    "SITE_URL": ("https://img.test", "https://img.test"),
    "ALLOWED_HOSTS": ("Img.test, 10.0.0.5,[fd00::5]", ["img.test", "10.0.0.5", "[fd00::5]"]),
    "SECRET_KEY": (SECRET[::-1], SECRET[::-1]),
    "MAX_UPLOAD_BYTES": ("1000", 1000),
    "MAX_PIXELS": ("2000", 2000),
    "REJECT_LOCATION": ("1", True),
    "RELAY_UPLOADS": ("0", False),
    "RELAY_CONCURRENCY": ("8", 8),
    "REPORT_URL": ("mailto:abuse@img.test?body={link}", "mailto:abuse@img.test?body={link}"),
    "VERIFY_URL": ("http://127.0.0.1:9100/check", "http://127.0.0.1:9100/check"),
    "VERIFY_SECRET": (SECRET, SECRET),
    "VERIFY_TIMEOUT": ("20", 20),
    "VERIFY_FAILS": ("open", "open"),
    "UPLOAD_URL_TTL": ("600", 600),
    "CORS_ORIGINS": ("https://a.test,http://localhost:5173", ["https://a.test", "http://localhost:5173"]),
    "UPLOAD_TOKENS": (
        "first-access-token,second-access-token",
        [hash_token("first-access-token"), hash_token("second-access-token")],
    ),
    "RATE_LIMIT": ("5 per second;100 per hour", "5 per second;100 per hour"),
    "RATE_LIMIT_STORAGE_URI": ("rediss://:password@redis.test:6379/0", "rediss://:password@redis.test:6379/0"),
    "TRUSTED_PROXIES": ("2", 2),
    "TLS": ("off", "off"),
    "HOST": ("0.0.0.0", "0.0.0.0"),
    "PORT": ("9000", 9000),
    "S3_PORT": ("9333", 9333),
    "WEB_CONCURRENCY": ("4", 4),
    "METRICS_PORT": ("9464", 9464),
    "METRICS_HOST": ("0.0.0.0", "0.0.0.0"),
    "INSTANCE_PATH": ("/srv/images", Path("/srv/images")),
    "LOG_FORMAT": ("json", "json"),
    "GIT_COMMIT": ("abc1234", "abc1234"),
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def read(**variables: str) -> Config:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        return Config.from_env()


def refused(**variables: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(**variables)
    return str(caught.value)


def named(message: str) -> set[str]:
    return set(re.findall(r"^  ([A-Z0-9_]+):", message, re.MULTILINE))


# Valid settings


def test_nothing_set_is_the_embedded_store() -> None:
    config = read()
    assert config.embedded
    assert config.s3_endpoint_url is None
    assert config.secret_key == ""
    assert config.page_origins == ["http://127.0.0.1:8000", "http://[::1]:8000", "http://localhost:8000"]


def test_port_moves_the_page() -> None:
    config = read(PORT="9000")
    assert config.site_url == "http://localhost:9000"
    assert config.page_origins == ["http://127.0.0.1:9000", "http://[::1]:9000", "http://localhost:9000"]


def test_what_listens_elsewhere_moves_the_page() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORT", "9000")
        config = Config.from_env(host="::1", port=5055)
    assert (config.host, config.port, config.site_url) == ("::1", 5055, "http://[::1]:5055")
    assert config.page_origins == ["http://127.0.0.1:5055", "http://[::1]:5055", "http://localhost:5055"]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://localhost:8000"),
        ("localhost", "http://localhost:8000"),
        ("0.0.0.0", "http://localhost:8000"),
        ("::", "http://localhost:8000"),
        ("::1", "http://[::1]:8000"),
        ("fd00::5", "http://[fd00::5]:8000"),
        ("192.0.2.7", "http://192.0.2.7:8000"),
        ("pictures.lan", "http://pictures.lan:8000"),
    ],
)
def test_address_is_one_that_a_browser_can_open(host: str, address: str) -> None:
    config = read(HOST=host)
    assert (config.host, config.address, config.site_url) == (host, address, address)
    assert address in config.page_origins


def test_pages_of_other_servers_on_the_store_upload_too_and_call_nothing() -> None:
    config = replace(read(), neighbours=frozenset({"http://localhost:5055"}))
    assert "http://localhost:5055" in config.page_origins
    assert config.cors_origins == []


@pytest.mark.parametrize("extra", [{}, {"S3_ENDPOINT_URL": "https://s3.test"}])
def test_s3_configured_is_not_the_embedded_store(extra: dict[str, str]) -> None:
    config = read(**S3, **extra)
    assert not config.embedded
    assert config.site_url is None
    assert config.page_origins == []
    assert config.credentials is None


def test_another_s3_needs_no_region() -> None:
    config = read(S3_BUCKET="pictures", S3_ENDPOINT_URL="http://10.0.0.5:9000", SECRET_KEY=SECRET)
    assert (config.aws_region, config.s3_endpoint_url) == ("us-east-1", "http://10.0.0.5:9000")


@pytest.mark.parametrize("name", sorted(NAMES))
def test_each_variable_sets_its_field(name: str) -> None:
    text, value = OTHERS[name]
    default = getattr(read(**S3), name.lower())
    needed = {"VERIFY_SECRET": SECRET} if name == "VERIFY_URL" else {}
    assert getattr(read(**{**S3, **needed, name: text}), name.lower()) == value
    assert value != default


@pytest.mark.parametrize(
    ("settings", "site_url", "listens"),
    [
        ({}, "http://localhost:8000", [("127.0.0.1", 8000)]),
        ({"PORT": "9000"}, "http://localhost:9000", [("127.0.0.1", 9000)]),
        ({"HOST": "0.0.0.0"}, "http://localhost:8000", [("0.0.0.0", 8000)]),
        ({"SITE_URL": "http://192.168.1.20:8000"}, None, [("::", 8000)]),
        ({"SITE_URL": "http://192.168.1.20:8000", "HOST": "192.168.1.20"}, None, [("192.168.1.20", 8000)]),
        ({"SITE_URL": "http://nas.lan"}, None, [("::", 80)]),
        ({"SITE_URL": "https://img.test"}, None, [("::", 443), ("::", 80)]),
        ({"SITE_URL": "https://img.test", "PORT": "443"}, None, [("::", 443), ("::", 80)]),
        ({"SITE_URL": "https://img.test:8443", "TLS": "internal"}, None, [("::", 8443)]),
        ({"SITE_URL": "https://localhost:8443"}, None, [("127.0.0.1", 8443)]),
        ({"SITE_URL": "https://img.test", "TLS": "off"}, None, [("127.0.0.1", 8000)]),
        ({"SITE_URL": "https://img.test", "TLS": "off", "PORT": "9000"}, None, [("127.0.0.1", 9000)]),
        ({**S3, "SITE_URL": "https://img.test"}, None, [("127.0.0.1", 8000)]),
    ],
)
def test_server_listens_where_its_address_says(
    settings: dict[str, str], site_url: str | None, listens: list[tuple[str, int]]
) -> None:
    config = read(**settings)
    assert config.site_url == (site_url or settings["SITE_URL"])
    assert config.listens == listens
    assert config.edge == ("S3_BUCKET" not in settings)


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"SITE_URL": "https://img.test/sub"}, {"SITE_URL"}),
        ({"SITE_URL": "https://img.test", "PORT": "8000"}, {"PORT"}),
        ({"SITE_URL": "http://img.test:81", "PORT": "8000"}, {"PORT"}),
        ({"SITE_URL": "http://img.test", "TLS": "internal"}, {"TLS"}),
        ({"TLS": "internal"}, {"TLS"}),
        ({"METRICS_PORT": "8000"}, {"METRICS_PORT"}),
        ({"PORT": "9000", "METRICS_PORT": "9000"}, {"METRICS_PORT"}),
        ({**S3, "TLS": "internal", "SITE_URL": "https://img.test"}, {"TLS"}),
        ({"SITE_URL": "https://img.test", "PUBLIC_BASE_URL": "https://localhost/i"}, {"PUBLIC_BASE_URL"}),
        ({**S3, "SITE_URL": "https://img.test", "S3_ENDPOINT_URL": "http://store.test"}, {"S3_PUBLIC_ENDPOINT_URL"}),
        ({"VERIFY_URL": "http://127.0.0.1:9100"}, {"VERIFY_SECRET"}),
        (
            {**S3, "SITE_URL": "https://img.test", "S3_ENDPOINT_URL": "http://127.0.0.1:8333"},
            {"S3_PUBLIC_ENDPOINT_URL", "PUBLIC_BASE_URL"},
        ),
        (
            {**S3, "SITE_URL": "https://img.test", "S3_PUBLIC_ENDPOINT_URL": "https://127.0.0.1:8333"},
            {"S3_PUBLIC_ENDPOINT_URL", "PUBLIC_BASE_URL"},
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings: dict[str, str], names: set[str]) -> None:
    assert named(refused(**settings)) == names


def test_https_page_may_be_this_machine_s_own() -> None:
    read(**S3, SITE_URL="https://localhost:8443", S3_ENDPOINT_URL="http://127.0.0.1:8333")


@pytest.mark.parametrize("name", ["PUBLIC_BASE_URL", "SITE_URL"])
def test_address_may_end_with_a_slash(name: str) -> None:
    assert getattr(read(**S3, **{name: "https://img.test/i/"}), name.lower()) == "https://img.test/i"


def test_page_origins_are_those_of_the_site_and_the_others() -> None:
    config = read(**S3, SITE_URL="https://img.test:8443/pictures", CORS_ORIGINS="https://b.test,https://a.test")
    assert config.page_origins == ["https://a.test", "https://b.test", "https://img.test:8443"]


def test_hosts_are_the_loopbacks_the_sites_and_the_configured() -> None:
    loopback = {"localhost", "127.0.0.1", "[::1]"}
    assert read().hosts == loopback
    assert read(**S3).hosts == loopback
    config = read(**S3, SITE_URL="https://Img.test:8443/pictures", ALLOWED_HOSTS="A.test,[FD00::5]", HOST="10.0.0.5")
    assert config.hosts == loopback | {"img.test", "a.test", "[fd00::5]", "10.0.0.5"}


# Invalid settings


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"S3_BUCKET": "pictures"}, {"SECRET_KEY", "AWS_REGION"}),
        ({"S3_BUCKET": "pictures", "AWS_REGION": "eu-west-1"}, {"SECRET_KEY"}),
        ({"S3_BUCKET": "pictures", "SECRET_KEY": SECRET}, {"AWS_REGION"}),
        ({"S3_ENDPOINT_URL": "https://s3.test"}, {"S3_BUCKET", "SECRET_KEY"}),
        ({"S3_ENDPOINT_URL": "https://s3.test", "SECRET_KEY": SECRET}, {"S3_BUCKET"}),
    ],
)
def test_s3_half_configured_names_what_is_missing(given: dict[str, str], missing: set[str]) -> None:
    assert named(refused(**given)) == missing


def test_wrong_variables_are_all_named_at_once() -> None:
    wrong = {
        "S3_BUCKET": "My.Bucket",
        "AWS_REGION": "eu-west-1",
        "S3_ENDPOINT_URL": "s3.test",
        "PUBLIC_BASE_URL": "img.test",
        "SECRET_KEY": "short",
        "MAX_PIXELS": "many",
        "UPLOAD_URL_TTL": "601",
        "CORS_ORIGINS": "https://a.test/",
        "UPLOAD_TOKENS": "short",
        "PORT": "99999",
    }
    message = refused(**wrong)
    assert named(message) == set(wrong) - {"AWS_REGION"}
    assert "docs/configuration.md" in message


@pytest.mark.parametrize(
    ("name", "values"),
    [
        (
            "S3_BUCKET",
            ["ab", "x" * 64, "My-bucket", "my.bucket", "my_bucket", "-bucket", "bucket-", "bucket\n", "a b c"],
        ),
        ("S3_ENDPOINT_URL", ["s3.test", "ftp://s3.test", "https://s3.test/", "https://s3.test/path", "https://", "x"]),
        ("S3_PUBLIC_ENDPOINT_URL", ["https://s3.test/", "//s3.test", "https://s3.test?x", "https://s3.test#x"]),
        (
            "PUBLIC_BASE_URL",
            ["img.test", "/i", "https://", "https://img.test?x=1", "https://img.test/#x", "javascript:x"],
        ),
        (
            "SITE_URL",
            [
                "img.test",
                "https:///x",
                "https://img.test/?x",
                "http://[bad",
                "http://[::1",
                "http://::1",
                "http://[a.test]",
            ],
        ),
        (
            "ALLOWED_HOSTS",
            [
                *(",", "img.test,", "https://img.test", "img.test:8000", "img.test/", "*", "*.img.test", ".img.test"),
                *(
                    "img..test",
                    "img.test.",
                    "a b",
                    "a@img.test",
                    "fd00::5",
                    "[fd00::5]:80",
                    "bücher.test",
                    "img.test\n.",
                ),
            ],
        ),
        ("HOST", ["", " ", "a b", "[::1]", "http://a.test", "a.test:80", "::1%lo", "unix:/tmp/socket"]),
        ("SECRET_KEY", ["x", " " * 32, "x" * 31 + " ", "x" * 31, f"{'x' * 32},{'x' * 31}", "x" * 32 + ","]),
        (
            "REPORT_URL",
            [
                *("", "https://img.test/report", "{link}", "http://img.test/?of={link}", "javascript:alert({link})"),
                *("https://{link}", "mailto:{link}", "https://img.test/{link}{link}", "https://img.test/ {link}"),
                *('https://img.test/"{link}', "https://img.test/{other}?{link}", "mailto:abuse?body={link}"),
            ],
        ),
        ("VERIFY_URL", ["img.test", "ftp://img.test", "https://", "http://img.test/?x=1"]),
        ("VERIFY_SECRET", ["", "x" * 31, " " * 40]),
        ("VERIFY_TIMEOUT", ["0", "21", "5s", "1.5"]),
        ("VERIFY_FAILS", ["", "Closed", "shut"]),
        ("RATE_LIMIT", ["", "600", "many per minute", "0 per minute", "-1/second"]),
        ("RATE_LIMIT_STORAGE_URI", ["redis", "mongodb://db.test", "redis://"]),
        ("LOG_FORMAT", ["", "JSON", "xml"]),
        ("MAX_UPLOAD_BYTES", ["0", "-1", "25MB", "1.5", str(5 * 1024**3 + 1)]),
        ("RELAY_UPLOADS", ["", "maybe"]),
        ("RELAY_CONCURRENCY", ["0", "65", "many"]),
        ("MAX_PIXELS", ["0", "-1", "many", "1e6"]),
        ("UPLOAD_URL_TTL", ["0", "601", "-1", "5m", "300.5"]),
        (
            "CORS_ORIGINS",
            [
                "*",
                "null",
                "https://a.test/",
                "https://a.test/path",
                "a.test",
                "https://a.test,https://b.test/",
                # Read as a pattern, it would admit https://a.page.test.evil.test.
                "https://*.page.test",
            ],
        ),
        ("UPLOAD_TOKENS", ["x", "x" * 15, f"{'x' * 16},y", ",", f"{'x' * 16},", "x" + " " * 15, " " * 16]),
        ("TRUSTED_PROXIES", ["-1", "11", "yes"]),
        ("PORT", ["0", "65536", "http"]),
        ("S3_PORT", ["80", "55001", "x"]),
        ("WEB_CONCURRENCY", ["0", "65", "auto"]),
        ("METRICS_PORT", ["0", "65536", "on"]),
        ("METRICS_HOST", ["", "http://a.test", "a.test:80", "[::1]"]),
    ],
)
def test_wrong_value_is_refused_by_name(name: str, values: list[str]) -> None:
    for value in values:
        assert named(refused(**{**S3, name: value})) == {name}, value


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("UPLOAD_URL_TTL", ["1", "600"]),
        ("MAX_UPLOAD_BYTES", ["1", str(5 * 1024**3)]),
        ("HOST", ["::", "::1", "fd00::5", "::ffff:127.0.0.1", "pictures.lan"]),
        ("SITE_URL", ["http://[::1]:8000", "http://[fd00::5]/pictures"]),
        ("PORT", ["1", "65535"]),
        ("S3_PORT", ["1024", "55000"]),
        ("WEB_CONCURRENCY", ["1", "64"]),
        ("RELAY_CONCURRENCY", ["1", "64"]),
        ("TRUSTED_PROXIES", ["0", "10"]),
        ("S3_BUCKET", ["abc", "x" * 63, "1-2"]),
        ("SECRET_KEY", ["x" * 32, f"{'x' * 32},{'y' * 32}"]),
        ("RATE_LIMIT", ["1 per day", "10/second;600/minute"]),
        ("UPLOAD_TOKENS", ["x" * 16]),
    ],
)
def test_value_at_the_limit_is_taken(name: str, values: list[str]) -> None:
    for value in values:
        read(**{**S3, name: value})


# Secrets


def test_access_tokens_are_kept_as_hashes_alone() -> None:
    config = read(UPLOAD_TOKENS="first-access-token,second-access-token")
    assert config.upload_tokens == [hash_token("first-access-token"), hash_token("second-access-token")]
    assert "access-token" not in repr(vars(config))


def test_access_tokens_may_be_listed_with_spaces() -> None:
    # Else the second one would be accepted here, and never again.
    config = read(UPLOAD_TOKENS="first-access-token, second-access-token")
    assert hash_token("second-access-token") in config.upload_tokens


def test_secrets_are_not_shown(configure: Any) -> None:
    config = configure(
        secret_key=SECRET, credentials=("AKIDEXAMPLE", "key of S3"), upload_tokens=[hash_token("an access token")]
    )
    for shown in (repr(config), str(config), f"{config}"):
        for secret in (SECRET, "AKIDEXAMPLE", "key of S3", str(hash_token("an access token"))):
            assert secret not in shown


def test_wrong_secret_is_not_repeated() -> None:
    wrong = {"SECRET_KEY": "hunter2", "UPLOAD_TOKENS": "swordfish,also-short", "VERIFY_SECRET": "xyzzy"}
    message = refused(**{**S3, **wrong})
    assert named(message) == set(wrong)
    assert not [secret for secret in ("hunter2", "swordfish", "also-short", "xyzzy") if secret in message]


# docs/configuration.md

PAGE = (ROOT / "docs" / "configuration.md").read_text()
DOCUMENTED = dict(re.findall(r"^\| `([A-Z0-9_]+)` \| ([^|]+) \|", PAGE, re.MULTILINE))


def test_every_variable_is_documented_and_nothing_else() -> None:
    assert set(DOCUMENTED) == NAMES
    assert set(OTHERS) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_documented_default_is_the_real_one(name: str) -> None:
    default = getattr(read(), name.lower())
    said = re.match(r"`([^`]*)`", DOCUMENTED[name])
    if default in (None, "", []):
        assert said is None
    elif isinstance(default, Path):
        assert ROOT / said[1] == default
    else:
        assert said[1] == str(default)


def test_documented_table_is_whole() -> None:
    for line in PAGE.splitlines():
        if re.match(r"\| `[A-Z0-9_]+` ", line):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            assert len(cells) == 4, line
            assert all(cells), line


# .env.example

EXAMPLE = (ROOT / ".env.example").read_text()
EXAMPLES = re.findall(r"^#([A-Z0-9_]+)=(.+)$", EXAMPLE, re.MULTILINE)


def test_example_has_every_variable_once_and_sets_none() -> None:
    assert sorted(name for name, _ in EXAMPLES) == sorted(NAMES)
    assert all(not line or line.startswith("#") for line in EXAMPLE.splitlines())


def test_example_has_the_real_defaults() -> None:
    for name, value in EXAMPLES:
        said = EXAMPLE.partition(f"#{name}=")[0].splitlines()[-1]
        default = getattr(read(), name.lower())
        if said.endswith("Example:"):
            assert DOCUMENTED[name].startswith(("none", "`http://localhost", "`images`", "made once")), name
        else:
            assert getattr(read(**{name: value}), name.lower()) in (default, Path(value)), name


def test_example_can_be_taken_as_it_is() -> None:
    config = read(**dict(EXAMPLES))
    assert (config.s3_bucket, config.site_url) == ("my-pictures", "https://img.example.org")
