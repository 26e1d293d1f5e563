"""The area "房源"."""

from django.apps import AppConfig


class StockConfig(AppConfig):
    name = "guangsha.areas.stock"
    label = "stock"
    verbose_name = "房源"

    def ready(self) -> None:
        """Put the jobs of the clock on the schedule."""
        from guangsha.areas.stock import jobs

        jobs.register()
