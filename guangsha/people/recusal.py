"""回避: nobody handles the matter of a relative, or their own."""

from __future__ import annotations

from guangsha.audit.actor import Actor
from guangsha.people.models import Kinship
from guangsha.people.prepared import Asked, Prepared

_INDEXES = Prepared(lambda account: Kinship.objects.filter(account_id=account).values_list("identity_index"))


def must_recuse(account_id: int, identity_index: str) -> bool:
    """Whether a member of staff has declared the holder of this identity number as kin.

    Args:
        identity_index: the blind index of the number (``registry.Person.identity_index``); empty matches nobody.

    A declaration of oneself (relation 本人) is made the same way, so that one query answers both.
    """
    if not identity_index:
        return False
    return Kinship.objects.filter(account_id=account_id, identity_index=identity_index).exists()


def recused_indexes(account_id: int) -> frozenset[str]:
    """Every index from which this account must keep away: lists leave these persons out in one query."""
    return frozenset(index for (index,) in _INDEXES(account_id))


def wants_recused(account_id: int) -> Asked:
    """The rows of :func:`recused_indexes`, each with one index, to be fetched together with others."""
    return _INDEXES.wants(account_id)


def kin_of(actor: Actor) -> frozenset[str]:
    """The same for an actor; of one who comes with a request it was asked before."""
    return recused_indexes(actor.account_id) if actor.kin is None else actor.kin


def recused_accounts(identity_index: str) -> frozenset[int]:
    """The accounts that must not be given this person's matter."""
    if not identity_index:
        return frozenset()
    return frozenset(
        Kinship.objects.filter(identity_index=identity_index).values_list("account_id", flat=True)
    )
