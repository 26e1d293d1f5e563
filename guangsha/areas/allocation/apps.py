"""The area "配租"."""

from django.apps import AppConfig


class AllocationConfig(AppConfig):
    name = "guangsha.areas.allocation"
    label = "allocation"
    verbose_name = "配租"

    def ready(self) -> None:
        """Put the jobs of the clock on the schedule."""
        from guangsha.areas.allocation import jobs

        jobs.register()
