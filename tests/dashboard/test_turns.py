"""Pages drawn in turn: in the order in which they were requested, and none waits for ever."""

from __future__ import annotations

import threading

import pytest

from dashboard.shell.turns import Turns

WAIT_S = 30


class Visitor(threading.Thread):
    """Takes a turn, says so, and leaves when it is let."""

    def __init__(self, turns: Turns, order: list[int], number: int) -> None:
        super().__init__(daemon=True)
        self.turns, self.order, self.number = turns, order, number
        self.has_come, self.may_go = threading.Event(), threading.Event()

    def run(self) -> None:
        with self.turns.taken():
            self.order.append(self.number)
            self.has_come.set()
            assert self.may_go.wait(WAIT_S)


def queue_of(turns: Turns, count: int) -> list[Visitor]:
    """Visitors who came one after the other: each stands in the queue before the next one comes."""
    order: list[int] = []
    visitors = []
    for number in range(count):
        visitor = Visitor(turns, order, number)
        visitor.start()
        while not (visitor.has_come.is_set() or len(turns._waiting) + len(order) > number):
            threading.Event().wait(0.001)
        visitors.append(visitor)
    return visitors


def test_who_comes_first_is_served_first_and_no_more_than_there_are_places():
    visitors = queue_of(Turns(places=2, patience_s=WAIT_S), 6)
    order = visitors[0].order
    for served, visitor in enumerate(visitors):
        assert visitor.has_come.wait(WAIT_S)
        assert len(order) <= served + 2, "two are in at a time"
        visitor.may_go.set()
    for visitor in visitors:
        visitor.join(WAIT_S)
    assert sorted(order) == list(range(6))
    assert all(abs(place - number) <= 1 for place, number in enumerate(order)), order


def test_a_queue_that_does_not_move_lets_its_first_in():
    visitors = queue_of(Turns(places=1, patience_s=0.02), 3)
    for visitor in visitors:
        assert visitor.has_come.wait(WAIT_S), "nobody has left yet"
    for visitor in visitors:
        visitor.may_go.set()


def test_a_page_that_fails_gives_its_place_back():
    turns = Turns(places=1, patience_s=WAIT_S)
    for _ in range(2):
        with pytest.raises(ValueError, match="a page"), turns.taken():
            raise ValueError("a page")
    with turns.taken():
        pass
