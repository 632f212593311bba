"""A model of what albums promise: any edits, replays and deletes in any order, on a real store."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.conftest import picture
from tests.contract.conftest import User

TITLES = st.sampled_from(["one", "two", "three"])


@dataclass
class Known:
    """An album as it must be; `title` is None once it was deleted."""

    id: str
    token: str
    title: str | None
    pictures: list[str]
    version: int = 1
    #: Every edit that somebody may send again.
    sent: list[dict[str, Any]] = field(default_factory=list)


class Albums(RuleBasedStateMachine):
    """Several albums in one bucket, whose editors know any version that there ever was."""

    albums = Bundle("albums")

    def __init__(self, app: Flask, links: list[str]) -> None:
        super().__init__()
        self.client = app.test_client()
        self.links = links
        self.known: list[Known] = []

    def pictures(self, which: list[int]) -> list[dict[str, str]]:
        return [{"viewURL": self.links[place]} for place in which]

    @rule(target=albums, title=TITLES, which=st.permutations([0, 1, 2]))
    def create(self, title: str, which: list[int]) -> Known:
        answer = self.client.post("/albums", json={"title": title, "pictures": self.pictures(which)})
        assert answer.status_code == 201
        made = Known(answer.json["albumId"], answer.json["editToken"], title, [self.links[each] for each in which])
        self.known.append(made)
        return made

    @rule(
        album=albums, title=TITLES, which=st.lists(st.integers(0, 2), min_size=1, unique=True), age=st.integers(-1, 2)
    )
    def edit(self, album: Known, title: str, which: list[int], age: int) -> None:
        version = max(1, album.version - age)
        body = {"editToken": album.token, "version": version, "title": title, "pictures": self.pictures(which)}
        album.sent.append(body)
        self.send(album, body)

    @rule(album=albums, data=st.data())
    def edit_again(self, album: Known, data: st.DataObject) -> None:
        if album.sent:
            self.send(album, data.draw(st.sampled_from(album.sent)))

    @rule(album=albums, other=albums, title=TITLES)
    def edit_with_the_token_of_another(self, album: Known, other: Known, title: str) -> None:
        if other is not album:
            body = {"editToken": other.token, "version": album.version, "title": title, "pictures": self.pictures([0])}
            assert self.client.put(f"/albums/{album.id}", json=body).status_code == 403

    @rule(album=albums)
    def delete(self, album: Known) -> None:
        assert self.client.post("/albums/delete", json={"editToken": album.token}).status_code == 204
        album.title = None

    @invariant()
    def every_album_is_as_its_last_editor_was_told(self) -> None:
        for album in self.known:
            answer = self.client.get(f"/albums/{album.id}")
            if album.title is None:
                assert (answer.status_code, answer.json["code"]) == (410, "album_deleted")
            else:
                seen = [each["viewURL"] for each in answer.json["pictures"]]
                assert (answer.json["title"], seen) == (album.title, album.pictures)
                assert (answer.json["version"], answer.json["cover"]) == (
                    album.version,
                    album.pictures[0].rpartition("/")[2],
                )

    def send(self, album: Known, body: dict[str, Any]) -> None:
        answer = self.client.put(f"/albums/{album.id}", json=body)
        pictures = [each["viewURL"] for each in body["pictures"]]
        if album.title is None:
            assert answer.status_code == 410
        elif (body["version"], body["title"], pictures) == (album.version - 1, album.title, album.pictures):
            # Its answer may have been lost.
            assert (answer.status_code, answer.json["version"]) == (200, album.version)
        elif body["version"] == album.version:
            assert answer.status_code == 200
            album.title, album.pictures, album.version = body["title"], pictures, album.version + 1
        else:
            assert (answer.status_code, answer.json["code"]) == (409, "album_changed")


@pytest.mark.slow
def test_albums_are_what_their_editors_were_told(app: Flask, user: User) -> None:
    links = [user.publish(picture("image/png"), "image/png")["viewURL"] for _ in range(3)]
    long = settings.get_current_profile_name() == "long"
    run_state_machine_as_test(
        lambda: Albums(app, links),  # type: ignore[arg-type]
        settings=settings(max_examples=1000 if long else 25, stateful_step_count=20, deadline=None),
    )
