"""The office: pages of staff. It has no tables of its own."""

from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "guangsha.areas.office"
    label = "office"
    verbose_name = "业务办理"

    def ready(self) -> None:
        from guangsha.areas.office import counts

        counts.register()
