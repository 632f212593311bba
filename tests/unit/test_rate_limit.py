"""How often a client may call, and which calls count as one client's."""

import time
from collections.abc import Callable
from typing import Any

import limits
import pytest
import time_machine
from flask.testing import FlaskClient

from app import create_app
from app.rate_limit import _Memory
from config import Config

BODIES: dict[str, dict[str, Any]] = {
    "/uploads/init": {"contentType": "image/png", "size": 3},
    "/uploads/complete": {"uploadToken": "x"},
    "/uploads/delete": {"deleteToken": "x"},
    "/uploads/lookup": {"deleteToken": "x"},
}
CLIENT = {"REMOTE_ADDR": "192.0.2.1"}
REPORT = {"uploadToken": "x", "kind": "cut"}
START = 1_750_000_000


@pytest.fixture
def limited(configure: Callable[..., Config]) -> Callable[..., FlaskClient]:
    return lambda **changes: create_app(configure(rate_limit="3 per minute", **changes)).test_client()


def ask(client: FlaskClient, address: str = "192.0.2.1", path: str = "/uploads/init", **headers: str) -> Any:
    return client.post(path, json=BODIES[path], headers=headers, environ_base={"REMOTE_ADDR": address})


def statuses(client: FlaskClient, *addresses: str, **headers: str) -> list[int]:
    return [ask(client, address, **headers).status_code for address in addresses]


@pytest.mark.parametrize("path", BODIES)
def test_one_too_many_is_told_to_wait(limited: Callable[..., FlaskClient], path: str) -> None:
    client = limited(cors_origins=["https://page.test"])
    with time_machine.travel(START, tick=False):
        for _ in range(3):
            assert ask(client, path=path).status_code != 429
        answer = ask(client, path=path, Origin="https://page.test")
        assert answer.status_code == 429
        assert answer.content_type == "application/problem+json"
        assert answer.json["code"] == "rate_limited"
        assert "3 per minute" in answer.json["detail"]
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
        wait = int(answer.headers["Retry-After"])
        assert 0 < wait <= 61  # Whole seconds, and never too early.
    with time_machine.travel(START + wait, tick=False):
        assert ask(client, path=path).status_code != 429


@pytest.mark.parametrize(
    ("path", "mimetype"),
    [("/p/x", "text/html"), ("/a/x", "text/html"), ("/oembed?url=x", "application/problem+json")],
)
def test_looks_at_pages_are_limited_and_told_so_in_words(
    limited: Callable[..., FlaskClient], path: str, mimetype: str
) -> None:
    client = limited()
    with time_machine.travel(START, tick=False):
        assert [client.get(path, environ_base=CLIENT).status_code for _ in range(3)] == [404] * 3
        answer = client.get(path, environ_base=CLIENT)
        assert (answer.status_code, answer.mimetype) == (429, mimetype)
        assert "3 per minute" in answer.text
        assert 0 < int(answer.headers["Retry-After"]) <= 61
        # They cost no upload.
        assert ask(client).status_code == 201


def test_reports_have_a_stricter_limit_that_costs_no_upload(limited: Callable[..., FlaskClient]) -> None:
    client = limited()
    with time_machine.travel(START, tick=False):
        answers = [client.post("/uploads/report", json=REPORT, environ_base=CLIENT) for _ in range(7)]
        assert [answer.status_code for answer in answers] == [403] * 6 + [429]
        assert "6 per minute" in answers[-1].json["detail"]
        assert ask(client).status_code == 201


def test_views_are_counted_apart_and_others_not_at_all(limited: Callable[..., FlaskClient]) -> None:
    client = limited()
    assert statuses(client, *["192.0.2.1"] * 4) == [201, 201, 201, 429]
    assert ask(client, path="/uploads/complete").status_code == 403
    for _ in range(5):
        for path in ("/health", "/version", "/uploads/limits"):
            assert client.get(path, environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 200


def test_refused_requests_count_too(limited: Callable[..., FlaskClient]) -> None:
    client = limited()
    for _ in range(3):
        assert client.post("/uploads/init", data="?").status_code == 415
    assert client.post("/uploads/init", json=BODIES["/uploads/init"]).status_code == 429


def test_access_tokens_can_not_be_guessed_faster(limited: Callable[..., FlaskClient]) -> None:
    client = limited(upload_tokens=[bytes(32)])
    tried = [ask(client, Authorization=f"Bearer guess-number-{number}").status_code for number in range(4)]
    assert tried == [401, 401, 401, 429]


def test_clients_are_counted_apart(limited: Callable[..., FlaskClient]) -> None:
    client = limited()
    assert statuses(client, *["192.0.2.1"] * 4, "192.0.2.2") == [201, 201, 201, 429, 201]


def test_ipv6_network_is_one_client(limited: Callable[..., FlaskClient]) -> None:
    addresses = ["2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:0:abcd::", "2001:db8::2", "2001:db8:0:1::1"]
    assert statuses(limited(), *addresses) == [201, 201, 201, 429, 201]


#: Spellings of one address by proxies and sockets: with a port, in brackets, with a zone, within IPv6.
SPELLINGS = {
    "192.0.2.1": ["192.0.2.1:5678", "192.0.2.1:80", "::ffff:192.0.2.1", "::FFFF:c000:201", "[::ffff:192.0.2.1]:5678"],
    "2001:db8::1": [
        *("[2001:db8::1]", "[2001:db8::1]:80", "[2001:DB8::1]:65535", "2001:0db8:0000::0001", "2001:db8::1%eth0"),
        *("[2001:db8::2%eth0]:80", " 2001:db8::1 "),
    ],
    "fe80::1": ["fe80::1%eth0", "fe80::1%eth1", "fe80::1%" + "x" * 1000, "[fe80::1%25lo]:8000", "fe80::1%lo:80"],
}


@pytest.mark.parametrize("address", SPELLINGS)
def test_address_is_one_client_however_it_is_spelt(limited: Callable[..., FlaskClient], address: str) -> None:
    client = limited(trusted_proxies=1)
    assert statuses(client, *[address] * 4) == [201, 201, 201, 429]
    for spelling in SPELLINGS[address]:
        assert ask(client, **{"X-Forwarded-For": spelling}).status_code == 429, spelling
        assert ask(client, **{"X-Forwarded-For": f"203.0.113.7, {spelling}"}).status_code == 429, spelling
        assert ask(client, spelling).status_code == 429, spelling
    assert ask(client, "::ffff:192.0.2.2").status_code == 201


def test_what_is_no_address_is_one_client_together(limited: Callable[..., FlaskClient]) -> None:
    client = limited(trusted_proxies=1)
    junk = [
        *("unknown", "_hidden", "<script>", "-", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.4/24"),
        *(":", "%eth0", "[", "[]", "[]:80", ":80", "1.2.3.4:5:6", "g::1", ":::1", "1:2:3:4"),
        *("::1::2", "١.٢.٣.٤", "x" * 8000, "1" * 8000, ":" * 8000, "1:" * 4000, "%" * 8000, "é", "\xff", "0x7f.1"),
        *(f"client-{number}" for number in range(10)),
    ]
    answers = [ask(client, **{"X-Forwarded-For": value}).status_code for value in junk]
    assert answers == [201] * 3 + [429] * (len(answers) - 3)
    # Without an entry, the proxy itself is the client.
    for value in ("", " ", ",", ", ,", '"', '"192.0.2.7', '192.0.2.7, "x, 10.0.0.1'):
        assert ask(client, "192.0.2.99", **{"X-Forwarded-For": value}).status_code in (201, 429), value
    assert ask(client, "192.0.2.99").status_code == 429
    assert ask(client, "192.0.2.1").status_code == 201


@pytest.mark.parametrize(
    ("hops", "forwarded", "expected"),
    [
        # Without a proxy in front, a client's own claim counts for nothing.
        (0, "198.51.100.{}", 429),
        # Our own proxy's entry is the last; the client's claims come before it.
        (1, "198.51.100.{}, 203.0.113.7", 429),
        (1, "203.0.113.7, 198.51.100.{}", 201),
        (2, "198.51.100.{}, 203.0.113.7, 10.0.0.1", 429),
        (2, "203.0.113.7, 198.51.100.{}, 10.0.0.1", 201),
    ],
)
def test_only_configured_proxies_are_believed(
    limited: Callable[..., FlaskClient], hops: int, forwarded: str, expected: int
) -> None:
    client = limited(trusted_proxies=hops)
    answers = [ask(client, **{"X-Forwarded-For": forwarded.format(number)}).status_code for number in range(4)]
    assert answers == [201, 201, 201, expected]


def test_off_is_off(configure: Callable[..., Config]) -> None:
    client = create_app(configure(rate_limit=None)).test_client()
    assert set(statuses(client, *["192.0.2.1"] * 50)) == {201}


def test_several_limits_hold_together(configure: Callable[..., Config]) -> None:
    client = create_app(configure(rate_limit="2 per second;3 per hour")).test_client()
    with time_machine.travel(START, tick=False):
        assert statuses(client, *["192.0.2.1"] * 3) == [201, 201, 429]
    with time_machine.travel(START + 2, tick=False):
        assert statuses(client, *["192.0.2.1"] * 2)[-1] == 429
        assert int(ask(client).headers["Retry-After"]) > time.time() % 2


def test_window_begins_with_the_first_request_and_is_forgotten_after_its_end() -> None:
    counter, limit = _Memory(), limits.parse("2 per minute")
    with time_machine.travel(START, tick=False) as clock:
        assert [counter.hit(limit, "a", "view") for _ in range(3)] == [0, 0, START + 60]
        clock.move_to(START + 59)
        assert counter.hit(limit, "b", "view") == 0
        assert counter.hit(limit, "a", "view") == START + 60
        clock.move_to(START + 60)
        assert [counter.hit(limit, "a", "view") for _ in range(3)] == [0, 0, START + 120]
        assert [counter.hit(limit, "b", "view") for _ in range(2)] == [0, START + 119]
        clock.move_to(START + 200)
        counter.hit(limit, "c", "view")
    # The server frees the memory of clients that have gone.
    assert [list(windows) for windows in counter._windows.values()] == [[("c", "view")]]
