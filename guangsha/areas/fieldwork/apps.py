"""The area "维修与巡查"."""

from django.apps import AppConfig


class FieldworkConfig(AppConfig):
    name = "guangsha.areas.fieldwork"
    label = "fieldwork"
    verbose_name = "维修与巡查"

    def ready(self) -> None:
        """Put the jobs of the clock on the schedule, repairs on the page of a dwelling, the tenant's share among the bills."""
        from guangsha.areas.fieldwork import charges, hooks, jobs, panels
        from guangsha.areas.stock import hooks as stock

        jobs.register()
        if panels.repairs_of_dwelling not in stock.PANELS:
            stock.PANELS.append(panels.repairs_of_dwelling)
        if charges.bill_of_lease not in hooks.CHARGES:
            hooks.CHARGES.append(charges.bill_of_lease)
