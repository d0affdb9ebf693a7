"""Things that belong together, by pairs. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from itertools import pairwise
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Lots(Generic[T]):
    """Every member is in one lot, which any of them names."""

    def __init__(self, members: Iterable[T]) -> None:
        self._next = {member: member for member in members}

    def __contains__(self, member: object) -> bool:
        return member in self._next

    def of(self, member: T) -> T:
        """The name of the lot of a member."""
        while self._next[member] != member:
            self._next[member] = member = self._next[self._next[member]]
        return member

    def join(self, members: Iterable[T]) -> None:
        """What is not a member is passed over."""
        for one, other in pairwise(member for member in members if member in self._next):
            self._next[self.of(other)] = self.of(one)
