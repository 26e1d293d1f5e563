"""Acts of a story from the submission to the first review (``areas.intake.actions``: drafts, acceptance)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from django.utils import timezone

from guangsha.areas.intake import forms
from guangsha.areas.intake.catalogue import MaterialAsked
from guangsha.areas.intake.letters import chinese_day
from guangsha.areas.intake.models import Material
from guangsha.areas.intake.rules import (
    UNANSWERED,
    Move,
    after_acceptance,
    asked_materials,
    first_review,
    missing_materials,
)
from guangsha.areas.verification.comparison import compare
from guangsha.areas.verification.models import Consent, Verification
from guangsha.audit.actor import CLOCK, Actor
from guangsha.demo.population import Resident, exchange_record
from guangsha.demo.tale import Tale

EXPLANATIONS = (
    "该房屋为父母遗留，已于去年协议归兄长所有，尚未办理变更登记。",
    "年底一次性领取了加班补贴，平时月收入以申报为准。",
    "婚姻状况近期有变化，登记信息还没有更新。",
    "当时不知道这项也要申报，愿意补充说明并接受核实。",
)


class Early(Tale):
    """Submission, supplement, acceptance, verification."""

    def submit(self) -> None:
        """As ``actions.submit``."""
        owner, service = self.owner, self.service
        for material in asked_materials(service, self.plot.answers):
            if material.way == "upload" and (material.required or self.rng.random() < 0.5):
                self._upload(material.code)
            elif material.way == "promise":
                self.materials.append(Material(code=material.code, state="promised", uploaded_at=self.when))
        if service.consent is not None:
            for person in self._people("all"):
                consent = Consent(
                    person=self.plot.persons[person.identity], purpose=service.consent.purpose, way="window" if self.case.channel == "window" else "form",
                    sources=list(service.consent.sources), case_number=self.case.number, given_at=self.when,
                )  # fmt: skip
                self.consents.append(consent)
                self.record(owner, "verification.consent.give", consent, agency_id=owner.agency_id,
                            after={"sources": consent.sources, "purpose": consent.purpose})  # fmt: skip
        self.edge(owner, "submit", Move("submitted", "", 1))
        self.tell(
            "submitted",
            "申请已提交",
            f"您的“{service.name}”已提交，办件编号 {self.case.number}。五个工作日内会告知是否受理。",
        )
        self.done(owner, "submit", {}, service=service.code)

    def _upload(self, code: str) -> None:
        sample = self.setting.sample(code)
        row = Material(
            code=code, state="uploaded", file_name=f"{self._name(code)[:90]}.pdf", content_type="application/pdf", size=len(sample.data),
            digest=sample.digest, uploaded_at=self.when,
        )  # fmt: skip
        self.materials.append(row)
        self.record(self.owner, "intake.material.attach", row,
                    after={"code": code, "digest": sample.digest, "size": len(sample.data)})  # fmt: skip

    def _people(self, which: str) -> list[Resident]:
        """The applicant and, where a material concerns everybody, the members entered in the form."""
        family = self.plot.family
        if which == "applicant" or not isinstance(self.plot.answers.get("members"), list):
            return [family.head]
        entered = {row.get("identity") for row in self.plot.answers["members"]}
        return [family.head, *(person for person in family.people[1:] if person.identity in entered)]

    def supplement(self, codes: Sequence[str], comment: str) -> None:
        """The one notice of what is missing or unfit, before acceptance."""
        clerk = self.worker("street_clerk")
        self.ask("request_supplement", clerk)
        before = self.kept()
        for code in codes:
            for row in self.materials:
                if row.code == code and row.state == "uploaded":
                    row.state, row.comment = "refused", comment
        message = "；".join(f"{self._name(code)}：{comment}" for code in codes)
        self._to_supplement(clerk, message)
        self.done(clerk, "request_supplement", before, reason=message)

    def _to_supplement(self, actor: Actor, message: str) -> None:
        self.back_to = (self.case.state, self.case.step)
        self.told = self.told or self.case.state == "submitted"
        self.stop_clock("applicant")
        self.edge(
            actor, "request_supplement", Move("supplement", self.case.step, self.case.round), message=message
        )
        self.tell(
            f"supplement-{self.case.version}",
            "请补正材料",
            f"您的办件 {self.case.number} 需要补正：{message}",
        )

    def supply(self) -> None:
        """The applicant hands in what was asked."""
        owner = self.owner
        self.ask("supply", owner)
        before = self.kept()
        asked = {row.code for row in self.materials if row.state == "refused"}
        # what was refused and never had a file goes; a refused file stays beside the new one
        self.materials = [row for row in self.materials if row.state != "refused" or row.file_name]
        for code in sorted(asked):
            self._upload(code)
        state, step = self.back_to
        self.start_clock()
        self.edge(owner, "supply", Move(state, step, self.case.round))
        if state == "verifying":
            self._verified()
        self.tell(
            f"supplied-{self.case.version}",
            "补正材料已收到",
            f"您的办件 {self.case.number} 的补正材料已收到。",
        )
        self.done(owner, "supply", before)

    def accept(self) -> None:
        """The window accepts."""
        clerk = self.worker("street_clerk")
        self.ask("accept", clerk)
        before = self.kept()
        self._accept(clerk, "accept", "材料齐全，符合法定形式")
        self.done(clerk, "accept", before)

    def deem_accepted(self) -> None:
        """Nobody said anything for five working days."""
        self.ask("deem_accepted", CLOCK)
        before = self.kept()
        self._accept(CLOCK, "deem_accepted", "五个工作日内没有一次告知，依法视为受理")
        self.done(CLOCK, "deem_accepted", before)

    def _accept(self, actor: Actor, act: str, note: str) -> None:
        case, service, calendar = self.case, self.service, self.setting.calendar
        case.accepted_at = self.edges[-1].at if act == "deem_accepted" else self.when
        day = timezone.localdate(case.accepted_at)
        case.promised_on = (
            None
            if service.promised_workdays is None
            else calendar.add_workdays(day, service.promised_workdays)
        )
        case.legal_on = (
            None if service.legal_workdays is None else calendar.add_workdays(day, service.legal_workdays)
        )
        self.edge(actor, act, Move("accepted", "", 1), note=note)
        due = f"，承诺 {chinese_day(case.promised_on)}前办结" if case.promised_on else ""
        self.tell(
            "accepted",
            "申请已受理",
            f"您的“{service.name}”（{case.number}）已受理{due}。公示等依法不计的时间另算。",
        )
        self.edge(actor, "begin", after_acceptance(service, self.plot.answers))
        if case.state == "verifying":
            self._questions()

    def _questions(self) -> None:
        for material in asked_materials(self.service, self.plot.answers):
            if material.way != "verified":
                continue
            for person in self._people(material.people):
                self._question(material, person)

    def _question(self, material: MaterialAsked, person: Resident) -> None:
        row = self.plot.persons[person.identity]
        consent = next((item for item in self.consents if item.person is row), None)
        purpose = self.service.consent.purpose if self.service.consent else self.service.name
        claimed = self._claims(material, person)
        question = Verification(
            number=f"V{self.when:%Y%m%d}{self.rng.getrandbits(64):016x}", case_number=self.case.number, person=row,
            consent=consent, source=material.source, purpose=purpose, material=material.code,
            payload=cast(Any, {"claimed": claimed}), asked_at=self.when, next_try_at=self.when,
        )  # fmt: skip
        self.verifications.append(question)
        self.record(CLOCK, "verification.ask", question, agency_id=0,
                    after={"case": self.case.number, "source": material.source, "outcome": ""})  # fmt: skip

    def _claims(self, material: MaterialAsked, person: Resident) -> dict[str, Any]:
        answers = self.plot.answers
        if person is self.plot.family.head:
            found = {}
            for name, path in material.claims.items():
                group, _, field = path.partition(".")
                value = answers.get(group)
                found[name] = value.get(field) if field and isinstance(value, Mapping) else value
            return found
        mine: Mapping[str, Any] = next(
            (row for row in answers.get("members", []) if row.get("identity") == person.identity), {}
        )
        return {name: mine[name] for name in material.claims if name in mine}

    def answered(self, *, unlucky: str = "") -> None:
        """Every source has answered. ``unlucky``: this outcome for one required question instead of its answer."""
        self.minutes(2, 25)
        people = {self.plot.persons[person.identity].pk: person for person in self.plot.family.people}
        required = [
            row
            for row in self.verifications
            if (item := self.service.material(row.material)) and item.required
        ]
        spoilt = self.rng.choice(required) if unlucky and required else None
        for row in self.verifications:
            person = people[row.person_id]
            held = exchange_record(self.plot.family, person).get(row.source, {})
            claimed = cast(Any, row.payload)["claimed"]
            row.attempts, row.answered_at, row.next_try_at = 1, self.when, None
            if row is spoilt and unlucky in ("source_unavailable", "no_authorization"):
                row.outcome = unlucky
                if unlucky == "no_authorization" and row.consent is not None:
                    row.consent.revoked_at = self.when
                row.attempts = 5 if unlucky == "source_unavailable" else 1
                row.fault = "来源没有答复" if unlucky == "source_unavailable" else "授权已撤回"
            else:
                self._compare(
                    row, claimed, {} if row is spoilt and unlucky == "not_found" else held, row is spoilt
                )
            if row.outcome == "mismatch":
                self.tell(f"mismatch-{row.number}", "核验结果与填报不一致，请说明",
                          f"您的办件 {self.case.number} 中“{self._name(row.material)}”的核验结果与填报不一致，请登录查看并说明情况。")  # fmt: skip
            self.record(CLOCK, "verification.answer", row, agency_id=0,
                        after={"case": self.case.number, "source": row.source, "outcome": row.outcome, "attempts": row.attempts})  # fmt: skip
        before = self.kept()
        self._verified()
        self.done(CLOCK, "verified", before)

    def _compare(self, row: Verification, claimed: Any, held: Mapping[str, Any], stale: bool) -> None:
        row.data_as_of = self.today - timedelta(days=760) if stale and held else self.today
        result = compare(row.source, claimed, held, data_as_of=row.data_as_of, today=self.today)
        row.outcome = result.outcome
        row.payload = cast(Any, {"claimed": claimed, "answer": dict(held)})
        if result.differences:
            row.differences = cast(Any, {"items": [item.as_json() for item in result.differences]})

    def _verified(self) -> None:
        """As ``actions.acceptance._verified``: matches need no paper, what was not answered is asked for on paper."""
        by_material: dict[str, set[str]] = {}
        for row in self.verifications:
            by_material.setdefault(row.material, set()).add(row.outcome)
        there = {row.code for row in self.materials if row.state == "verified"}
        for code, outcomes in by_material.items():
            if outcomes == {"match"} and code not in there:
                self.materials.append(Material(code=code, state="verified", uploaded_at=self.when))
        missing = self.gaps()
        if missing:
            for code, _ in missing:
                self.materials.append(
                    Material(code=code, state="refused", comment="数据核验没有结果，请上传")
                )
            self._to_supplement(CLOCK, "；".join(f"{name}：数据核验没有结果，请上传" for _, name in missing))
            return
        self.edge(CLOCK, "verified", first_review(self.service, self.case.round))

    def gaps(self) -> list[tuple[str, str]]:
        """Required materials that are not there, as code and name."""
        present = {
            row.code
            for row in self.materials
            if row.state in ("uploaded", "verified", "promised", "accepted")
        }
        failed = {row.material for row in self.verifications if row.outcome in UNANSWERED and row.material}
        return [
            (item.code, item.name)
            for item in missing_materials(self.service, self.plot.answers, present, failed)
        ]

    def hear(self) -> None:
        """The applicant explains every difference that is open."""
        for row in self.verifications:
            if row.outcome == "mismatch" and row.heard_at is None:
                row.heard_at, row.explanation = self.when, self.rng.choice(EXPLANATIONS)
                self.record(
                    self.owner,
                    "verification.hear",
                    row,
                    agency_id=self.owner.agency_id,
                    after={"case": self.case.number},
                )

    def uploadable(self) -> list[str]:
        """Codes of materials that were uploaded."""
        return [row.code for row in self.materials if row.state == "uploaded"]

    def _name(self, code: str) -> str:
        material = self.service.material(code)
        return material.name if material else code


def needs_questions(tale: Early) -> bool:
    """Whether the form passes through the sources."""
    return any(
        item.way == "verified" and forms.holds(item.when, tale.plot.answers)
        for item in tale.service.materials
    )
