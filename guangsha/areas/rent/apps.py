"""The area "租金"."""

from django.apps import AppConfig


class RentConfig(AppConfig):
    name = "guangsha.areas.rent"
    label = "rent"
    verbose_name = "租金"

    def ready(self) -> None:
        """Put the jobs of the clock on the schedule."""
        from guangsha.areas.rent import jobs

        jobs.register()
