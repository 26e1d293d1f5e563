"""The area "绩效自评"."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PerformanceConfig(AppConfig):
    name = "guangsha.areas.performance"
    label = "performance"
    verbose_name = "绩效自评"

    def ready(self) -> None:
        """Every area declares what its records prove in its ``metrics.py``."""
        autodiscover_modules("metrics")
