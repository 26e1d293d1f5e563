"""A filing at the counter: the whole form of a service on one page, as the clerk types it from papers and spoken answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.http import QueryDict
from django.utils import timezone

from guangsha.areas.intake import forms
from guangsha.areas.intake.catalogue import Field, Group, Service
from guangsha.areas.intake.models import Draft
from guangsha.areas.intake.queries import prefill_for
from guangsha.areas.registry.access import access_person
from guangsha.areas.registry.models import Person
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere
from guangsha.privacy.fields import index_of
from guangsha.web.forms import key_of, read_field

#: Not filled in from the register: the clerk types them from the paper that the citizen shows.
SENSITIVE = frozenset({"identity", "phone", "bank_account"})


@dataclass(frozen=True, slots=True)
class Drawn:
    """One field as the macro draws it."""

    field: Mapping[str, Any]
    name: str
    value: Any
    error: str


@dataclass(frozen=True, slots=True)
class Part:
    """One group; ``rows`` has one list of fields, or one for each row of a table."""

    group: Group
    rows: tuple[tuple[Drawn, ...], ...]


def first_answers(actor: Actor, service: Service, identity: str, name: str) -> dict[str, Any]:
    """What the register knows of somebody within reach, without numbers of persons; and who stands at the counter."""
    person = (
        Person.objects.filter(identity_index=index_of("identity", identity), merged_into=None).first()
        if identity
        else None
    )
    answers: dict[str, Any] = {}
    if person is not None:
        try:
            answers = dict(prefill_for(access_person(actor, person.pk), service))
        except NotThere:
            answers = {}
    for group in service.form:
        given = answers.get(group.code)
        for row in given if isinstance(given, list) else [given] if isinstance(given, dict) else []:
            for field in group.fields:
                if field.kind in SENSITIVE:
                    row.pop(field.name, None)
    applicant = service.group_of("applicant")
    if applicant is not None:
        own = dict(answers.get("applicant") or {})
        typed = {"identity": identity, "name": name}
        own.update({key: value for key, value in typed.items() if value and applicant.field(key)})
        answers["applicant"] = own
    return answers


def read_typed(service: Service, post: QueryDict) -> dict[str, Any]:
    """Everything on the page as it was typed, rows in their order."""
    typed: dict[str, Any] = {}
    for group in service.form:
        if group.table is None:
            typed[group.code] = _row(group, post, group.code)
        else:
            count = min(key_of(post.get(f"{group.code}.rows", "")), group.table.max)
            typed[group.code] = [_row(group, post, f"{group.code}.{number}") for number in range(count)]
    typed["commitments"] = post.getlist("commitments")
    typed["consent"] = post.get("consent") == "yes"
    return typed


def _row(group: Group, post: QueryDict, prefix: str) -> dict[str, Any]:
    return {field.name: read_field(post, f"{prefix}.{field.name}", field.kind) for field in group.fields}


def change_rows(service: Service, typed: dict[str, Any], act: str) -> bool:
    """``add:<group>`` or ``drop:<group>:<row>``; whether it was one of these."""
    what, _, rest = act.partition(":")
    code, _, place = rest.partition(":")
    group = service.group_of(code)
    if what not in ("add", "drop") or group is None or group.table is None:
        return False
    rows = typed[code]
    if what == "add" and len(rows) < group.table.max:
        rows.append({})
    elif what == "drop" and place.isdecimal() and len(place) < 4 and int(place) < len(rows):
        del rows[int(place)]
    return True


def parts_of(service: Service, draft: Draft, *, told: bool) -> tuple[list[Part], list[tuple[str, str]]]:
    """The groups with what was typed, and (``told``) what is wrong: pairs of field id and sentence."""
    typed = cast(dict[str, Any], draft.answers)
    _, faults = forms.read_answers(service, typed, timezone.localdate())
    errors = {fault.path: fault.text for fault in faults} if told else {}
    parts = []
    for group in service.form:
        given = typed.get(group.code)
        if group.table is None:
            rows = [_drawn(group, given if isinstance(given, dict) else {}, group.code, errors)]
        else:
            kept = [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []
            kept += [{} for _ in range(group.table.min - len(kept))]
            rows = [_drawn(group, row, f"{group.code}.{number}", errors) for number, row in enumerate(kept)]
        parts.append(Part(group, tuple(rows)))
    listed = (
        [(f"f-{fault.path.replace('.', '-')}", f"{fault.label}：{fault.text}") for fault in faults]
        if told
        else []
    )
    return parts, listed


def _drawn(group: Group, row: Mapping[str, Any], prefix: str, errors: Mapping[str, str]) -> tuple[Drawn, ...]:
    return tuple(
        Drawn(
            _described(group, field),
            f"{prefix}.{field.name}",
            row.get(field.name, ""),
            errors.get(f"{prefix}.{field.name}", ""),
        )
        for field in group.fields
    )


def _described(group: Group, field: Field) -> dict[str, Any]:
    """The field for the macro. A condition on another group cannot hide it, so it says when it is to be filled in."""
    drawn: dict[str, Any] = {
        "name": field.name, "label": field.label, "kind": field.kind, "help": field.help, "max": field.max,
        "choices": dict(field.choices), "required": field.required and field.when is None,
    }  # fmt: skip
    if field.when is not None and field.when.group == group.code:
        drawn["when"] = {
            "field": field.when.name,
            "is": [
                {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
                for value in field.when.values
            ],
        }
    return drawn
