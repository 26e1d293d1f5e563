"""Who acts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Actor:
    """A person in the role in which they act, or the clock.

    Attributes:
        kind: ``staff``, ``citizen``, ``enterprise``, ``api`` or ``system``.
        account_id: the account; 0 for the clock.
        name: as shown in the log.
        agency_id: the agency for which they act; 0 for citizens and the clock.
        scope: ids of every agency whose records they may reach (their own and those below it).
        roles: role codes held there (``people.roles``).
        posts: each role with the agencies it reaches and, for a duty taken over, its holder (0 for one's own). A role counts only
            where it is held: a clerk here who is a reviewer there reviews nothing here. Empty: every role in the whole scope.
        on_behalf_of: account id of the person whose duty is taken over (delegation), or 0.
        person_id: the registry person that a citizen account belongs to, or 0.
        proved_by: how the person behind a citizen's account was proved, where it is read already; None: to be asked.
        kin: blind indexes of the persons from whom they keep away (回避), where they are read already; None: to be asked.
        request_id: ties the acts of one request together.
    """

    kind: str
    account_id: int
    name: str
    agency_id: int = 0
    scope: frozenset[int] = frozenset()
    roles: frozenset[str] = field(default_factory=frozenset)
    on_behalf_of: int = 0
    person_id: int = 0
    request_id: str = ""
    posts: tuple[tuple[str, frozenset[int], int], ...] = ()
    kin: frozenset[str] | None = None
    proved_by: str | None = None

    def roles_at(self, agency_id: int) -> frozenset[str]:
        """The roles held over the records of this agency."""
        if not self.posts:
            return self.roles if agency_id in self.scope else frozenset()
        return frozenset(role for role, reach, _ in self.posts if agency_id in reach)

    def reach(self, roles: Collection[str]) -> frozenset[int]:
        """The agencies over which at least one of ``roles`` is held."""
        if not self.posts:
            return self.scope if self.has(*roles) else frozenset()
        return frozenset().union(*(reach for role, reach, _ in self.posts if role in roles))

    def acting_for(self, agency_id: int, roles: Collection[str]) -> int:
        """Whose duty an act in one of ``roles`` is: 0 for one's own, else the account of the holder."""
        holders = [holder for role, reach, holder in self.posts if role in roles and agency_id in reach]
        return self.on_behalf_of if not holders else min(holders) and holders[0]

    def has(self, *roles: str) -> bool:
        """Whether at least one of ``roles`` is held."""
        return not self.roles.isdisjoint(roles)


#: The clock: jobs, time limits, escalation.
CLOCK = Actor("system", 0, "系统时钟", roles=frozenset({"system"}))
