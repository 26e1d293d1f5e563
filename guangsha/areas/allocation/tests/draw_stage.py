"""A draw brought to any station, by the acts of the area; only the clock is helped along."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils import timezone

from guangsha.areas.allocation import draw_acts as acts
from guangsha.areas.allocation.models import Plan
from guangsha.areas.allocation.models_draw import Draw
from guangsha.areas.allocation.tests.builders import Hall
from guangsha.people.actors import build_actor

OP, NT = "11" * 32, "22" * 32
E1, E2 = "FC-SSQ:2026130:01,02,03,04,05,06+07", "LIVE:3,8,1,9,0,4"
STATIONS = ("frozen", "committed", "random", "live", "opened", "drawn")


@cache
def third_party() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def third_party_pem() -> str:
    return (
        third_party()
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


class Stage:
    """``operator`` runs, ``notary`` holds the other secret, ``witness`` compares."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.operator = hall.officer
        self.notary = build_actor(hall.cast.staff["notary_observer"])
        self.witness = hall.approver

    def announced(self, **more: object) -> acts.Announced:
        now = timezone.now()
        given: dict[str, object] = {
            "draws_at": now + timedelta(days=15), "place": "区政务大厅三楼", "e1_source": "福彩双色球第 2026130 期",
            "e1_prefix": "FC-SSQ:2026130:", "e1_at": now + timedelta(days=14), "e1_fallback": "该期未开奖的，用下一期",
            "escrow_party": "区纪委监委派驻组", "escrow_key": third_party_pem(), **more,
        }  # fmt: skip
        return acts.Announced(**given)  # type: ignore[arg-type]

    def plan(self, families: int = 4, doors: int = 2) -> Plan:
        """A plan whose roster was public and may be frozen."""
        plan = self.hall.plan(doors)
        for _ in range(families):
            self.hall.register(plan, self.hall.entry())
        return self.hall.noticed(plan)

    def frozen(self, plan: Plan | None = None, **more: object) -> Draw:
        plan = plan or self.plan()
        return acts.freeze_draw(self.operator, plan.number, plan.version, self.announced(**more))

    def committed(self, draw: Draw) -> Draw:
        draw = acts.commit(self.operator, draw.draw_id, draw.version, "OP", OP)
        return acts.commit(self.notary, draw.draw_id, draw.version, "NT", NT)

    def later(self, draw: Draw) -> Draw:
        """The day of the draw has come."""
        now = timezone.now()
        Draw.objects.filter(pk=draw.pk).update(
            e1_at=now - timedelta(hours=14), draws_at=now - timedelta(minutes=5)
        )
        draw.refresh_from_db()
        return draw

    def random(self, draw: Draw) -> Draw:
        draw = acts.enter_random(
            self.operator, draw.draw_id, draw.version, "e1", E1, proof="中国福彩网开奖公告"
        )
        return acts.confirm_random(self.notary, draw.draw_id, draw.version, "e1", agrees=True)

    def live(self, draw: Draw) -> Draw:
        draw = acts.enter_random(
            self.operator, draw.draw_id, draw.version, "e2", E2, proof="六名申请人代表现场摇球"
        )
        return acts.confirm_random(self.witness, draw.draw_id, draw.version, "e2", agrees=True)

    def opened(self, draw: Draw) -> Draw:
        draw = acts.open_secret(self.operator, draw.draw_id, draw.version, "OP", OP)
        return acts.open_secret(self.notary, draw.draw_id, draw.version, "NT", NT)

    def at(self, station: str, plan: Plan | None = None) -> Draw:
        """A draw that stands at ``station``."""
        draw = self.frozen(plan)
        steps = {
            "committed": self.committed,
            "random": lambda d: self.random(self.later(d)),
            "live": self.live,
            "opened": self.opened,
            "drawn": lambda d: acts.run_draw(self.operator, d.draw_id),
        }
        for name in STATIONS[1 : STATIONS.index(station) + 1]:
            draw = steps[name](draw)
        return draw
