"""The area "租金"."""

from django.apps import AppConfig


class RentConfig(AppConfig):
    name = "guangsha.areas.rent"
    label = "rent"
    verbose_name = "租金"

    def ready(self) -> None:
        """Listen to leases, and put the jobs of the clock on the schedule."""
        from guangsha.areas.rent import jobs
        from guangsha.areas.rent.actions import leases
        from guangsha.areas.tenancy import hooks

        jobs.register()
        if leases.on_lease_event not in hooks.LEASE_EVENTS:
            hooks.LEASE_EVENTS.append(leases.on_lease_event)
            hooks.OWED.append(leases.owed)
            hooks.MAY_END.append(leases.may_end)
            hooks.MONTHS_OWED.append(leases.months_owed)
