"""The area "租约"."""

from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "guangsha.areas.tenancy"
    label = "tenancy"
    verbose_name = "租约"

    def ready(self) -> None:
        """Put the jobs of the clock on the schedule."""
        from guangsha.areas.tenancy import jobs

        jobs.register()
