"""Where sessions are kept: Django's table, read in one prepared query. Nothing else differs: a session that is deleted or
whose account signed out everywhere ends with the next page."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as TableStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from guangsha.people.prepared import Prepared

#: As Django makes them.
_KEY_LENGTH = 32
_SESSION = Prepared(lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now))


class SessionStore(TableStore):
    """Django looks for this name."""

    def _validate_session_key(self, key: str | None) -> bool:
        # whoever writes a cookie of their own may write anything into it, also what no database can be asked for
        return key is not None and len(key) == _KEY_LENGTH and key.isascii() and key.isalnum()

    def _get_session_from_db(self) -> Any:
        found = _SESSION.first(self.session_key, timezone.now())
        if found is None:
            self._session_key = None
        return found
