"""The area "维修与巡查"."""

from django.apps import AppConfig


class FieldworkConfig(AppConfig):
    name = "guangsha.areas.fieldwork"
    label = "fieldwork"
    verbose_name = "维修与巡查"

    def ready(self) -> None:
        """Put the jobs of the clock on the schedule."""
        from guangsha.areas.fieldwork import jobs

        jobs.register()
