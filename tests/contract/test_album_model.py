"""A model of what albums promise: any edits, replays and deletes in any order, on a real store.

What pages and previews say of a deleted picture is compared as well. `memory.TTL` is 0 here: test_pages.py and
test_albums.py test what is remembered.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

from app import memory
from tests.conftest import picture
from tests.contract.conftest import User
from tests.html import Document

PNG = picture("image/png")
TITLES = st.sampled_from(["one", "two", "three"])
#: Which of the pictures an album has, and their order.
CHOICES = st.lists(st.integers(0, 2), min_size=1, unique=True)


@dataclass
class Known:
    """An album as it must be; `title` is None once it was deleted."""

    id: str
    token: str
    title: str | None
    links: list[str]
    version: int = 1
    #: Every edit that somebody may send again.
    sent: list[dict[str, Any]] = field(default_factory=list)


class Albums(RuleBasedStateMachine):
    """Several albums of three pictures, whose editors know any version that there ever was."""

    albums = Bundle("albums")

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self.client = app.test_client()
        self.user = User(self.client.post)
        self.pictures = [self.user.publish(PNG, "image/png") for _ in range(3)]
        self.links = [each["viewURL"] for each in self.pictures]
        self.gone: set[str] = set()
        self.known: list[Known] = []

    def body(self, title: str, which: list[int]) -> dict[str, Any]:
        return {"title": title, "pictures": [{"viewURL": self.links[place]} for place in which]}

    @rule(target=albums, title=TITLES, which=CHOICES)
    def create(self, title: str, which: list[int]) -> Any:
        body = self.body(title, which)
        answer = self.client.post("/albums", json=body)
        if self.is_refused(answer, body, there=[]):
            return multiple()
        assert answer.status_code == 201
        made = Known(answer.json["albumId"], answer.json["editToken"], title, [self.links[each] for each in which])
        self.known.append(made)
        return made

    @rule(album=albums, title=TITLES, which=CHOICES, age=st.integers(-1, 2))
    def edit(self, album: Known, title: str, which: list[int], age: int) -> None:
        body = {**self.body(title, which), "editToken": album.token, "version": max(1, album.version - age)}
        album.sent.append(body)
        self.send(album, body)

    @rule(album=albums, data=st.data())
    def edit_again(self, album: Known, data: st.DataObject) -> None:
        if album.sent:
            self.send(album, data.draw(st.sampled_from(album.sent)))

    @rule(album=albums, other=albums, title=TITLES)
    def edit_with_the_token_of_another(self, album: Known, other: Known, title: str) -> None:
        if other is not album:
            body = {**self.body(title, [0]), "editToken": other.token, "version": album.version}
            assert self.client.put(f"/albums/{album.id}", json=body).status_code == 403

    @rule(album=albums)
    def delete(self, album: Known) -> None:
        assert self.client.post("/albums/delete", json={"editToken": album.token}).status_code == 204
        album.title = None

    @rule(place=st.integers(0, 2))
    def delete_picture(self, place: int) -> None:
        assert self.user.delete(self.pictures[place]["deleteToken"]).status_code == 204
        self.gone.add(self.links[place])
        for link in self.links:
            status = 410 if link in self.gone else 200
            assert self.client.get(f"/p/{link.rpartition('/')[2]}").status_code == status
            assert self.client.get("/oembed", query_string={"url": link}).status_code == status

    @invariant()
    def every_album_is_as_its_last_editor_was_told(self) -> None:
        for album in self.known:
            answer, page = self.client.get(f"/albums/{album.id}"), self.client.get(f"/a/{album.id}")
            if album.title is None:
                assert (answer.status_code, answer.json["code"], page.status_code) == (410, "album_deleted", 410)
                continue
            told = answer.json
            # Deleted pictures are in it: what they leave is a gap.
            assert (told["title"], [each["viewURL"] for each in told["pictures"]]) == (album.title, album.links)
            assert (told["version"], told["cover"]) == (album.version, album.links[0].rpartition("/")[2])
            shown = Document.of(page.text)
            assert shown.texts["h1"] == album.title
            assert [each["src"] for each in shown.all("img") if each.get("loading") == "lazy"] == album.links

    def send(self, album: Known, body: dict[str, Any]) -> None:
        answer = self.client.put(f"/albums/{album.id}", json=body)
        links, age = [each["viewURL"] for each in body["pictures"]], album.version - body["version"]
        if album.title is None:
            assert answer.status_code == 410
        elif age not in (0, 1):
            assert (answer.status_code, answer.json["code"]) == (409, "album_changed")
        elif self.is_refused(answer, body, there=album.links):
            pass
        elif (body["title"], links) == (album.title, album.links) and age == 1:
            # The answer to this very edit may have been lost.
            assert (answer.status_code, answer.json["version"]) == (200, album.version)
        elif age == 0:
            assert answer.status_code == 200
            album.title, album.links, album.version = body["title"], links, album.version + 1
        else:
            assert (answer.status_code, answer.json["code"]) == (409, "album_changed")

    def is_refused(self, answer: Any, body: dict[str, Any], there: list[str]) -> bool:
        """Say whether pictures come into an album that are gone; then the answer must name them."""
        links = [each["viewURL"] for each in body["pictures"]]
        missing = [f"pictures.{place}" for place, link in enumerate(links) if link in self.gone - set(there)]
        if missing:
            assert (answer.status_code, answer.json["code"]) == (422, "pictures_missing")
            assert [row["field"] for row in answer.json["errors"]] == missing
        return bool(missing)


@pytest.mark.slow
def test_albums_are_what_their_editors_were_told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "TTL", 0)
    long = settings.get_current_profile_name() == "long"
    run_state_machine_as_test(
        lambda: Albums(app),  # type: ignore[arg-type]
        settings=settings(max_examples=1000 if long else 25, stateful_step_count=20, deadline=None),
    )
