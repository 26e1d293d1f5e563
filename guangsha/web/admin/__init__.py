"""Configuration at /admin/ (django-unfold): agencies, accounts and keys for the system administrator, appointments for the
security administrator. Every change goes through ``people.actions``, so it is checked and audited like any other act;
nothing is deleted here.

site.py      who may enter, and the content policy of these pages
people.py    what is shown
"""

from guangsha.web.admin import people  # Django's autodiscovery looks for this package

__all__ = ["people"]
