"""The area "人员与家庭档案"."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "guangsha.areas.registry"
    label = "registry"
    verbose_name = "人员与家庭档案"

    def ready(self) -> None:
        """Put the search for duplicates on the schedule."""
        from guangsha.areas.registry.duplicates import JOB, find_duplicates
        from guangsha.notify.schedule import SCHEDULE, scheduled

        if JOB not in SCHEDULE:
            scheduled(JOB, every="day 02:40", label="查找疑似重复人员")(find_duplicates)
