"""The area "维修与巡查"."""

from django.apps import AppConfig


class FieldworkConfig(AppConfig):
    name = "guangsha.areas.fieldwork"
    label = "fieldwork"
    verbose_name = "维修与巡查"

    def ready(self) -> None:
        """Put the jobs of the clock on the schedule, and repairs on the page of a dwelling."""
        from guangsha.areas.fieldwork import jobs, panels
        from guangsha.areas.stock import hooks

        jobs.register()
        if panels.repairs_of_dwelling not in hooks.PANELS:
            hooks.PANELS.append(panels.repairs_of_dwelling)
