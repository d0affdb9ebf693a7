"""Things that belong together, by pairs, and things that lead to one another. Pure."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from itertools import pairwise
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class DisjointSets(Generic[T]):
    """Members in sets that do not overlap, joined as it is found out what belongs together."""

    def __init__(self, members: Iterable[T]) -> None:
        self._next = {member: member for member in members}

    def __contains__(self, member: object) -> bool:
        return member in self._next

    def find(self, member: T) -> T:
        """The member that stands for the set of a member."""
        while self._next[member] != member:
            self._next[member] = member = self._next[self._next[member]]
        return member

    def union(self, members: Iterable[T]) -> None:
        """Makes one set of the sets of some members; what is no member is passed over."""
        for one, other in pairwise(member for member in members if member in self._next):
            self._next[self.find(other)] = self.find(one)


def endless(ways: Mapping[T, Collection[T]]) -> list[T]:
    """The members from which some way never ends: those of circles, and those that lead into one. `ways`: member → where it
    leads; what is no key leads nowhere. Each way is taken once.
    """
    left = {member: sum(each in ways for each in ahead) for member, ahead in ways.items()}
    behind: dict[T, list[T]] = {member: [] for member in ways}
    for member, ahead in ways.items():
        for each in ahead:
            if each in ways:
                behind[each].append(member)
    ended = [member for member, more in left.items() if not more]
    for member in ended:  # grows while it is walked
        for each in behind[member]:
            left[each] -= 1
            if not left[each]:
                ended.append(each)
    return [member for member, more in left.items() if more]
