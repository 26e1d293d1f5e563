"""Who is behind a session, asked for on every page."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from guangsha.people.models import Account
from guangsha.people.prepared import Prepared

# the sealed phone is opened only by those who ask for it
_ACCOUNT = Prepared(lambda pk: Account.objects.filter(pk=pk).defer("phone"))


class AccountBackend(ModelBackend):
    """Django's own, with the account of a session read in one prepared query."""

    def get_user(self, user_id: Any) -> Account | None:
        account: Account | None = _ACCOUNT.first(int(user_id))
        return account if account is not None and self.user_can_authenticate(account) else None
