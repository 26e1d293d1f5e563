"""The area "租约"."""

from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "guangsha.areas.tenancy"
    label = "tenancy"
    verbose_name = "租约"

    def ready(self) -> None:
        """Put the jobs of the clock on the schedule, leases on the page of a dwelling, and say to the list who may not apply anew."""
        from guangsha.areas.allocation import hooks as allocation
        from guangsha.areas.stock import hooks as stock
        from guangsha.areas.tenancy import jobs, panels, queries

        jobs.register()
        if panels.leases_of_dwelling not in stock.PANELS:
            stock.PANELS.append(panels.leases_of_dwelling)
        if queries.banned_households not in allocation.BARRED:
            allocation.BARRED.append(queries.banned_households)
