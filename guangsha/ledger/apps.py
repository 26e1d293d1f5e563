"""The room of the books."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "guangsha.ledger"
    label = "ledger"
    verbose_name = "账务"

    def ready(self) -> None:
        """Put the proof of the night on the schedule."""
        from guangsha.ledger import jobs

        jobs.register()
