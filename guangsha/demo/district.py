"""Build the invented district: the cast, the register, cases in every state, the log, the exchange's people."""

from __future__ import annotations

import json
import os
import random
from collections import Counter as Tally
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from guangsha.areas.intake.actions.afterwards import drawn, raise_alarms
from guangsha.areas.intake.actions.numbers import check_digit
from guangsha.areas.intake.actions.proxies import CONTEXT as PAPER
from guangsha.areas.intake.catalogue import Service, services
from guangsha.areas.intake.forms import read_answers
from guangsha.areas.intake.models import Counter, ProxyAuthorization
from guangsha.areas.intake.rules import OPEN
from guangsha.areas.registry.models import Person
from guangsha.audit.actions import anchor_day
from guangsha.audit.actor import CLOCK
from guangsha.demo import HOUSEHOLDS
from guangsha.demo.allocation import fill_allocation
from guangsha.demo.answers import Typist
from guangsha.demo.case_rows import NoticeBook, give_numbers, write_cases, write_objections
from guangsha.demo.cast import Cast, build_cast
from guangsha.demo.desks import fill_desks
from guangsha.demo.draws import fill_draws
from guangsha.demo.fieldwork import fill_fieldwork
from guangsha.demo.late import Late
from guangsha.demo.leavers import fill_leavers
from guangsha.demo.log import Entry, write_log
from guangsha.demo.population import Dwelling, Family, Inventor, Resident, exchange_people
from guangsha.demo.register import Register, birthday, community_count, open_agencies, write_families
from guangsha.demo.rent import fill_rent
from guangsha.demo.samples import samples
from guangsha.demo.scripts import SCRIPTS, NoticeDays, Script, TooEarly
from guangsha.demo.stock import fill_stock
from guangsha.demo.subsidies import fill_subsidies
from guangsha.demo.tale import ImpossibleStory, Plot, Setting, TooLate, office_moment
from guangsha.demo.tenancy import fill_tenancy
from guangsha.kernel.errors import InputError
from guangsha.kernel.workdays import national_calendar
from guangsha.people.actors import build_actor
from guangsha.privacy import files
from guangsha.privacy.masks import mask_name

#: The act that marks a database as a demo.
BUILT = "demo.district.build"
#: Cases for a hundred households.
CASES_PERCENT = 40
#: How often each service is asked for, per hundred; the rest of the catalogue shares what is left.
_POPULAR: Mapping[str, int] = {
    "elig_apply": 24, "subsidy_apply": 20, "repair": 12, "lease_review": 9, "help": 7, "change_exit": 6, "rent": 5,
    "draw_select": 3, "talent_apply": 4, "property_complaint": 3, "unit_search": 2,
}  # fmt: skip
_TRIES = 14


@dataclass(frozen=True, slots=True)
class Built:
    """What was built."""

    households: int
    persons: int
    cases: int
    acts: int
    states: Mapping[str, int]


def build_district(
    *,
    households: int = HOUSEHOLDS,
    seed: int = 1,
    now: datetime | None = None,
    say: Callable[[str], None] = lambda _: None,
    exchange: Path | None = None,
) -> Built:
    """Build the district in an empty database, whole or not at all.

    Args:
        households: how many; 45,000 are a full district.
        now: the moment that all dates are relative to; today, for the desks act by the clock of the office.
        say: is told what was done, step by step.
        exchange: where the people file of the simulated exchange is written; ``exchange.json`` in the data folder.

    Raises:
        InputError: ``now`` is of another day.
    """
    moment = now or timezone.now()
    if timezone.localdate(moment) != timezone.localdate():
        raise InputError(
            "演示辖区只能按今天生成", where=f"{timezone.localdate(moment)}", advice="请不要指定其他日期。"
        )
    with transaction.atomic():
        cast = build_cast()
        register = open_agencies(cast, households)
        rng = random.Random(f"guangsha-demo-cases-{seed}")
        families = _families(cast, households, seed, timezone.localdate(moment))
        write_families(register, families, rng, moment)
        say(f"{len(families)} 户、{len(register.persons)} 人")
        teller = Teller(register, moment, rng, _signed_paper(cast, register, moment))
        tales = teller.tell(families)
        give_numbers(tales)
        write_cases(tales, teller.setting.sample)
        editor = register.staff["publicity_editor"][0][0]
        log = register.log + teller.book.write(cast.district, editor, moment)
        log += write_objections(tales, cast.district)
        log += [entry for tale in tales for entry in tale.log]
        teller.write_counters()
        states = Tally(tale.case.state for tale in tales)
        log.append(
            Entry(moment, CLOCK, BUILT, cast.city, 0, "演示数据", {},
                  {"seed": seed, "households": len(families), "cases": len(tales)})
        )  # fmt: skip
        acts = write_log(log)
        say(f"{len(tales)} 个办件、{acts} 条行为记录")
    raise_alarms(moment)
    fill_desks(cast, families, rng, moment)
    say(fill_subsidies(cast, moment))
    say(fill_stock(cast, moment))
    say(fill_allocation(cast, moment))
    say(fill_tenancy(cast, moment))
    say(fill_draws(cast, moment))
    say(fill_rent(cast, moment))
    say(fill_leavers(cast, moment))
    say(fill_fieldwork(cast, moment))
    anchor_day(timezone.localdate(moment) - timedelta(days=1))
    write_exchange(families, exchange or Path(settings.GUANGSHA_DATA) / "exchange.json")
    return Built(len(families), len(register.persons), len(tales), acts, states)


def _signed_paper(cast: Cast, register: Register, now: datetime) -> ProxyAuthorization:
    """The paper by which the old man of the cast lets the helper of his community apply for him; written in the log too."""
    sample = samples({"paper": "代办授权委托书"})("paper")
    stored = files.store(sample.data, context=PAPER)
    day = timezone.localdate(now)
    paper = ProxyAuthorization.objects.create(
        person_id=cast.applicant.person_id or 0, helper=cast.helper, services=[], file_digest=stored.digest, stored=stored.stored,
        signed_on=day - timedelta(days=300), until=day + timedelta(days=60),
    )  # fmt: skip
    helper = build_actor(cast.helper)
    register.log.append(
        Entry(office_moment(random.Random(0), paper.signed_on), helper, "intake.proxy.authorize", paper, helper.agency_id, "", {},
              {"person": paper.person_id, "services": [], "until": paper.until, "digest": paper.file_digest})
    )  # fmt: skip
    return paper


def write_exchange(families: Sequence[Family], path: Path) -> None:
    """The people file of the simulated exchange; it names people, so only its owner reads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(exchange_people(families), file, ensure_ascii=False, separators=(",", ":"))


def _families(cast: Cast, count: int, seed: int, today: date) -> list[Family]:
    """The households of the two citizens of the cast first, then the invented ones."""
    inventor = Inventor(seed, today, community_count(count))
    own = [_own_family(cast, today, "applicant"), _own_family(cast, today, "stranger")]
    for family in own:
        for person in family.people:
            inventor.take(person.identity)
    return [*own, *inventor.families(max(0, count - len(own)))]


def _own_family(cast: Cast, today: date, who: str) -> Family:
    row = Person.objects.get(pk=cast.account(who).person_id or 0)
    elder = who == "applicant"
    head = Resident(
        row.name, row.identity, birthday(row.identity), row.sex, "self", marital="30" if elder else "10", phone=row.phone, pk=row.pk,
        income_fen=68_000 if elder else 312_000, kinds=("minimum_living",) if elder else (), employer="" if elder else "梅园幼儿园",
        bank_account="6229990000000000006" if elder else "6229990000000000014", bank_name="湖滨村镇银行",
    )  # fmt: skip
    address = "岳州市湖滨区湖畔花园3栋1单元102室" if elder else "岳州市湖滨区望岳小区8栋2单元503室"
    home = Dwelling(
        "lent" if elder else "market_rented", address, Decimal("38.60"), rent_fen=None if elder else 90_000
    )
    return Family("minimum_living" if elder else "lower_middle", 0 if elder else 1, [head], address, "local",
                  today - timedelta(days=900), homes=[home], deposits_fen=1_200_000)  # fmt: skip


def _rents(family: Family) -> bool:
    """Whether a family lives in a home that it rents on the market and has no other: who asks for a subsidy."""
    living = [home for home in family.homes if home.disposed_on is None]
    return all(home.nature == "market_rented" for home in living) and bool(living)


class Teller:
    """Finds a service, a script and a beginning for each household that has a case, and tells its story."""

    def __init__(
        self, register: Register, now: datetime, rng: random.Random, paper: ProxyAuthorization
    ) -> None:
        calendar = national_calendar()
        names = {item.code: item.name for chosen in services().values() for item in chosen.materials}
        self.setting = Setting(now, rng, register.staff, register.agencies, samples(names), calendar)
        self.register, self.rng, self.paper = register, rng, paper
        self.book = NoticeBook(calendar)
        self._days = NoticeDays(self._notice_days(timezone.localdate(now)), self.book)
        self._serials: Tally[str] = Tally()
        self._services = [
            item
            for item in services().values()
            if not item.instant and "citizen" in item.audience and item.decision
        ]
        self._of_units = [
            item for item in services().values() if item.audience == ("enterprise",) and item.decision
        ]

    def _notice_days(self, today: date) -> list[date]:
        """A list is published once a week, the latest yesterday or before."""
        calendar, days = self.setting.calendar, []
        day = today - timedelta(days=2)
        while day > today - timedelta(days=500):
            worked = day
            while not calendar.is_workday(worked):
                worked -= timedelta(days=1)
            days.append(worked)
            day -= timedelta(days=7)
        return sorted(set(days))

    def tell(self, families: Sequence[Family]) -> list[Late]:
        """The stories: each script at least once, the rest by weight."""
        rng = self.rng
        count = max(len(SCRIPTS) + 2, len(families) * CASES_PERCENT // 100)
        order = list(families[2:])
        rng.shuffle(order)
        names = list(SCRIPTS)
        weights = [SCRIPTS[name].weight for name in names]
        wanted = [*names, *rng.choices(names, weights, k=max(0, count - len(names)))]
        tales = self._own_cases(families[:2])
        place = 0
        for number, name in enumerate(wanted):
            for _ in range(40):
                family = order[place % len(order)]
                place += 1
                told = self._other(family, name)
                if told != name and number < len(names):
                    continue  # every script is told once: by a family whose file allows it
                tale = self._case(family, told)
                if tale is not None:
                    tales.append(tale)
                    break
        self._draw_checks(tales)
        return tales

    def _own_cases(self, families: Sequence[Family]) -> list[Late]:
        """What the two citizens of the cast see when they sign in."""
        plans = ((0, "elig_apply", "effective"), (0, "subsidy_apply", "district_review"), (0, "repair", "effective"),
                 (1, "subsidy_apply", "publicity"), (1, "talent_apply", "supplement"), (1, "help", "effective"))  # fmt: skip
        found = [self._case(families[who], script, services().get(code)) for who, code, script in plans]
        # the helper's own work, and what units filed at the window
        for code, script in (("change_exit", "effective"), ("rent", "submitted")):
            # what was typed may not hold together; a few tries, so that the helper's desk never stands half empty
            tries = (
                self._case(families[0], script, services().get(code), paper=self.paper) for _ in range(_TRIES)
            )
            found.append(next((tale for tale in tries if tale is not None), None))
        for place, item in enumerate(self._of_units):
            script = ("submitted", "district_review", "effective")[place % 3]
            found.append(self._case(families[1], script, item, at_window=True))
        return [tale for tale in found if tale is not None]

    def _other(self, family: Family, name: str) -> str:
        """Households that hid something are mostly not approved."""
        hidden = any(
            person.hidden_home_m2 or person.hidden_income_fen or person.died_on for person in family.people
        )
        if hidden and name in ("effective", "archived", "approved") and self.rng.random() < 0.85:
            return self.rng.choice(
                ("rejected_served", "rejected", "district_review", "objection_settled", "rejected_served")
            )
        return name

    def _service(self, script: Script, family: Family) -> Service | None:
        fitting = [
            item
            for item in self._services
            if script.fits(item)
            and (item.code != "talent_apply" or family.kind == "newcomer")
            and (item.code != "subsidy_apply" or _rents(family))
        ]
        if not fitting:
            return None
        return self.rng.choices(fitting, [_POPULAR.get(item.code, 1) for item in fitting])[0]

    def _case(
        self, family: Family, name: str, service: Service | None = None, *,
        paper: ProxyAuthorization | None = None, at_window: bool = False,
    ) -> Late | None:  # fmt: skip
        script = SCRIPTS[name]
        account = self.register.accounts.get(family.head.identity)
        if account is None and script.online:
            return None
        chosen = service or self._service(script, family)
        if chosen is None:
            return None
        back = self.rng.randint(script.least, script.most)
        state = self.rng.getstate()
        hurried = False
        for _ in range(_TRIES):
            online = script.online or (account is not None and self.rng.random() < 0.94)
            online = online and not at_window
            try:
                return self._try(family, chosen, script, back, online, patient=hurried, paper=paper)
            except TooLate:
                back, hurried = back + 1 + back // 6, True
            except TooEarly as early:
                back = max(0, back - early.workdays)
            except ImpossibleStory:
                self.rng.setstate(state)
                self.rng.random()
                return None
        return None

    def _try(
        self, family: Family, service: Service, script: Script, back: int, online: bool, *, patient: bool,
        paper: ProxyAuthorization | None = None,
    ) -> Late:  # fmt: skip
        """Tell the story. Not ``patient``: most cases do not wait long past their limit, those begin later.

        Raises:
            TooLate, TooEarly, ImpossibleStory
        """
        start = self._start(back)
        community = self.register.communities[family.community]
        street = self.register.agencies[community.parent_id or 0]
        day = timezone.localdate(start)
        answers, faults = read_answers(
            service, Typist(self.rng, service, family, community.name, day).answers(), day
        )
        if faults:
            raise ImpossibleStory(f"{service.code}: {faults[0].label}{faults[0].text}")
        answers |= {
            "commitments": [item.code for item in service.commitments],
            "consent": service.consent is not None,
        }
        stem = f"{street.region_code[:6]}{service.number if service.number < 100 else service.number - 50:02d}{day:%Y%m%d}"
        body = f"{stem}{self._serials[stem] + 1:06d}"
        account = self.register.accounts.get(family.head.identity) if online else None
        channel = "online" if account else "window"
        if paper is not None:
            account, channel = paper.helper, "proxy"
        clerk = next(actor for actor, _, path in self.register.staff["street_clerk"] if path == street.path)
        plot = Plot(
            service=service, family=family, persons=self.register.persons, household_id=family.pk, agency=street, community=community,
            account=account, channel=channel, clerk=clerk, answers=answers,
            number=body + check_digit(body), key=UUID(int=self.rng.getrandbits(128), version=4), label=mask_name(family.head.name),
            helper=build_actor(paper.helper) if paper else None, paper=paper,
        )  # fmt: skip
        tale = Late(self.setting, plot, start)
        script.run(tale, self._days)
        late = (
            0
            if tale.case.step_due_on is None or tale.case.state not in OPEN | {"approved", "reconsidering"}
            else (
                self.setting.calendar.workdays_between(
                    tale.case.step_due_on, timezone.localdate(self.setting.now)
                )
            )
        )
        if late > 2 and not patient and self.rng.random() < 0.93:
            raise TooEarly(late)
        self._serials[stem] += 1
        for notice, after in tale.joined:
            notice.cases.append((tale, after))
        return tale

    def _start(self, back: int) -> datetime:
        """A moment so many working days ago, in office hours, not after now."""
        calendar, day = self.setting.calendar, timezone.localdate(self.setting.now)
        while back > 0:
            day -= timedelta(days=1)
            back -= calendar.is_workday(day)
        while not calendar.is_workday(day):
            day -= timedelta(days=1)
        return min(
            office_moment(self.rng, day), self.setting.now - timedelta(minutes=self.rng.randint(1, 30))
        )

    def _draw_checks(self, tales: Sequence[Late]) -> None:
        """Last quarter's decided cases, drawn as ``actions.draw_spot_checks`` draws them."""
        now = self.setting.now
        drawn_at = now - timedelta(days=12)
        for service in self._services:
            decided = {
                tale.case.number: tale for tale in tales
                if tale.service is service and tale.case.decided_at and now - timedelta(days=100) <= tale.case.decided_at < drawn_at
            }  # fmt: skip
            if service.spot_check_percent and decided:
                for number in drawn(sorted(decided), service.spot_check_percent, "演示抽样"):
                    decided[number].spot_check(drawn_at, "演示抽样", len(decided))

    def write_counters(self) -> None:
        """The numbers given out, so that the next case goes on from there."""
        Counter.objects.bulk_create(
            [Counter(name=f"case:{stem}", value=value) for stem, value in self._serials.items()]
        )
