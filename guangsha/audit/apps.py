"""The room of the log."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "guangsha.audit"
    label = "audit"
    verbose_name = "审计"

    def ready(self) -> None:
        from guangsha.audit.actions import record
        from guangsha.audit.actor import CLOCK
        from guangsha.privacy.witness import appoint

        appoint(record, CLOCK)
