"""Several machines' worth of processes: docs/growing.md, while its parts are killed under load."""

import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from app.errors import StoreUnavailable
from app.storage import Storage, Upkeep
from config import Config
from tests.contract.conftest import EVIL, ORIGIN, User, refuses_strangers
from tests.rigs.cluster import Cluster
from tests.rigs.edge import Edge
from tests.rigs.redis_server import Redis
from tests.rigs.server import Answer, Server, answers, until
from tests.rigs.soak import PNG, Attempt, Client, Record, content, reckon

SECRET = "a secret of the tests and long enough"
CLIENTS = 4
#: Calls an hour that one client may make of each view.
LIMIT = 40


class Fleet:
    """API nodes behind one edge, which is behind a proxy that says who calls."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.nodes: list[Server] = []

    def post(self, path: str, json: dict[str, Any]) -> Answer:
        # Each call comes from another address, so that the rate limit does not slow down the load.
        client = f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(256)}"
        return ask(self.url, path, json, client)


def ask(url: str, path: str, json: dict[str, Any], client: str) -> Answer:
    """Call the edge, or a node as the edge does, for `client`."""
    answer = requests.post(url + path, json=json, headers={"X-Forwarded-For": client}, timeout=60)
    return Answer(answer.status_code, answer.json() if answer.content else None, answer.text, answer.headers)


@dataclass
class Deployment:
    cluster: Cluster
    store: Config
    fleet: Fleet


@pytest.fixture(scope="module")
def deployment(configure: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("cluster")
    with ExitStack() as stack:
        redis = Redis(folder)
        redis.start()
        stack.callback(redis.stop)
        cluster = Cluster(folder)
        stack.callback(cluster.stop)
        for machine in range(3):
            cluster.start("master", machine)
        for machine in range(2):
            cluster.start("volume", machine)
        cluster.start("filer")
        cluster.start("s3")
        store = configure(s3_endpoint_url=cluster.url, credentials=cluster.credentials)
        until(lambda: is_set_up(store))
        edge = Edge(folder, cluster.edge_port)
        fleet = Fleet(edge.url)
        access_key, secret_key = cluster.credentials
        for _ in range(2):
            node = Server(
                folder,
                S3_BUCKET="images",
                S3_ENDPOINT_URL=cluster.url,
                S3_PUBLIC_ENDPOINT_URL=edge.url,
                PUBLIC_BASE_URL=f"{edge.url}/i",
                SITE_URL=edge.url,
                SECRET_KEY=SECRET,
                AWS_ACCESS_KEY_ID=access_key,
                AWS_SECRET_ACCESS_KEY=secret_key,
                RATE_LIMIT=f"{LIMIT} per hour",
                RATE_LIMIT_STORAGE_URI=redis.uri,
                TRUSTED_PROXIES="2",
                WEB_CONCURRENCY="1",
            )
            node.start()
            stack.callback(kill, node)
            fleet.nodes.append(node)
        edge.start(" ".join(f"127.0.0.1:{node.port}" for node in fleet.nodes), cluster.url.removeprefix("http://"))
        stack.callback(edge.stop)
        yield Deployment(cluster, store, fleet)


def is_set_up(store: Config) -> bool:
    try:
        Upkeep(store, Storage(store)).set_up([ORIGIN])
    except StoreUnavailable:  # The volume servers have not found the leading master yet.
        return False
    return True


def kill(node: Server) -> None:
    """End a node with its workers, as a power cut would."""
    for pid in (node.process.pid, *node.workers()):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    node.process.wait()
    until(lambda: not answers(f"{node.url}/health"))


@contextmanager
def load(fleet: Fleet, record: Record) -> Iterator[None]:
    """Upload, repeat and delete, by several clients at a time, for as long as the block runs."""
    over = threading.Event()
    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        running = [pool.submit(Client(fleet, record, over, number).run) for number in range(CLIENTS)]
        running.append(pool.submit(keep_looking, record, over))
        try:
            yield
        finally:
            over.set()
        for client in running:
            client.result()


def keep_looking(record: Record, over: threading.Event) -> None:
    while not over.wait(0.1):
        look(record)


def look(record: Record) -> int:
    """Open every link handed out so far, as somebody who tries twice; return how many were served as they should be."""
    served = 0
    for attempt in list(record.attempts):
        if not attempt.result or attempt.delete:
            continue
        good = is_served(attempt) or is_served(attempt)
        if attempt.delete:  # Meanwhile.
            continue
        served += good
        if not good:
            record.wrong.append(f"{attempt.result['viewURL']}: not served")
    return served


def is_served(attempt: Attempt) -> bool:
    try:
        return requests.get(attempt.result["viewURL"], timeout=60).content == attempt.data
    except requests.RequestException:
        return False


def more_links(record: Record, count: int = 20) -> None:
    """Wait until the clients got `count` links more."""

    def links() -> int:
        return sum(attempt.result is not None for attempt in record.attempts)

    enough = links() + count
    until(lambda: links() >= enough)


def test_no_port_lets_a_stranger_in(deployment: Deployment) -> None:
    user = User(deployment.fleet.post)
    picture = user.publish(PNG, "image/png")
    reads = ("/images/", "/buckets/", "/buckets/images/", "/dir/assign", "/vol/grow?count=1", "/1,01637037d6")
    for port in deployment.cluster.ports:
        refuses_strangers(port, reads, ("/images/uploads/x.png", "/buckets/images/uploads/x.png", "/1,01637037d6"))
    assert "Access-Control-Allow-Origin" not in requests.get(picture["viewURL"], headers=EVIL, timeout=60).headers
    assert user.delete(picture["deleteToken"]).status_code == 204


def test_rate_limit_counts_over_both_nodes(deployment: Deployment) -> None:
    one, other = deployment.fleet.nodes
    asked = {"contentType": "image/png", "size": 3}

    def init(node: Server) -> int:
        return ask(node.url, "/uploads/init", asked, "192.0.2.1, 127.0.0.1").status_code

    assert [init(node) for node in [one, other] * (LIMIT // 2)] == [201] * LIMIT
    assert [init(one), init(other)] == [429, 429]
    kill(one)
    assert init(other) == 429
    one.start()
    assert init(one) == 429


def test_nothing_is_lost_while_parts_are_killed(deployment: Deployment) -> None:
    cluster, fleet = deployment.cluster, deployment.fleet
    user, record = User(fleet.post), Record()
    with load(fleet, record):
        more_links(record)
        kill(fleet.nodes[0])
        more_links(record)
        staged = user.stage(content("png", 0), "image/png")
        cluster.kill("volume", 1)
        # Of two volume servers one is left: it serves all there is, and takes nothing new, as there would be no copy.
        refused = user.complete(staged)
        assert refused.status_code == 503, refused.text
        assert refused.json["code"] == "store_unavailable"
        assert int(refused.headers["Retry-After"]) > 0
        assert look(record) > 20
        cluster.start("volume", 2)
        until(lambda: user.complete(staged).status_code in (200, 201))
        record.attempts.append(Attempt("png", 0, staged, result=user.complete(staged).json))
        more_links(record)
        fleet.nodes[0].start()
    assert reckon(fleet, deployment.store, record) == (0, 0)
    # The lost server comes back, with what it held; all of it was there twice, so the other one may go.
    cluster.start("volume", 1)
    until(lambda: cluster.knows_volume_server(1))
    late = user.stage(PNG, "image/png")
    cluster.kill("volume", 0)
    assert look(record) > 40
    # Two of three are left, and take new pictures.
    until(lambda: user.complete(late).status_code in (200, 201))
    cluster.start("volume", 0)
    assert record.wrong == []


def test_uploads_go_on_after_the_leading_master_is_killed(deployment: Deployment) -> None:
    user = User(deployment.fleet.post)
    published, staged = user.publish(PNG, "image/png"), user.stage(PNG, "image/png")
    leader = deployment.cluster.leader
    deployment.cluster.kill("master", leader)
    assert requests.get(published["viewURL"], timeout=60).content == PNG
    until(lambda: user.complete(staged).status_code in (200, 201))
    assert user.delete(published["deleteToken"]).status_code == 204
    deployment.cluster.start("master", leader)
