"""The room of the books."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "guangsha.ledger"
    label = "ledger"
    verbose_name = "账务"
