"""How long an answer of the store is remembered, and how many of them."""

from app import memory
from app.memory import Memory
from tests.conftest import Clock


def test_answer_counts_for_its_seconds_and_no_longer(clock: Clock) -> None:
    remembered: Memory[str] = Memory(10)
    answers, seen = iter(["first", "second"]), []
    for seconds in (0, 3.5, 1.4, 0.1):
        clock.now += seconds
        seen.append(remembered.recall("name", lambda: next(answers)))
    assert seen == [("first", 5), ("first", 1), ("first", 0), ("second", 5)]
    assert memory.TTL == 5


def test_seconds_count_from_before_the_question(clock: Clock) -> None:
    remembered: Memory[str] = Memory(10)

    def ask() -> str:
        clock.now += 4
        return "late"

    assert remembered.recall("name", ask) == ("late", 1)
    clock.now += 1
    assert remembered.recall("name", lambda: "again") == ("again", 5)


def test_answer_that_comes_too_late_is_given_once(clock: Clock) -> None:
    remembered: Memory[str] = Memory(10)

    def ask() -> str:
        clock.now += 60
        return "too late"

    assert remembered.recall("name", ask) == ("too late", 0)
    assert remembered.recall("name", lambda: "again") == ("again", 5)


def test_what_was_asked_for_longest_ago_has_to_go(clock: Clock) -> None:
    remembered: Memory[int] = Memory(2)
    asked = []

    def ask(name: int) -> None:
        remembered.recall(name, lambda: asked.append(name) or name)  # type: ignore[func-returns-value]

    for name in (0, 1, 0, 2, 0, 1):
        ask(name)
    assert asked == [0, 1, 2, 1]


def test_answers_have_room_by_their_weight(clock: Clock) -> None:
    remembered: Memory[bytes] = Memory(100, len)

    def known(name: str) -> bool:
        return remembered.recall(name, lambda: b"")[0] != b""

    for name in "abcd":
        remembered.recall(name, lambda: b"x" * 25)
    assert all(map(known, "abcd"))
    remembered.recall("e", lambda: b"x" * 50)
    assert [name for name in "cde" if known(name)] == ["c", "d", "e"]
    # One that is larger than all the room leaves nothing, and is not kept.
    assert remembered.recall("f", lambda: b"x" * 101) == (b"x" * 101, 5)
    assert not any(map(known, "cdef"))
