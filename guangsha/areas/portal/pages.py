"""An application as pages: which pages there are, what each asks, and what somebody typed on one.

Nothing here decides whether a value is right (``intake.forms`` does) or writes anything. A page of repeated rows works
without scripts: a button adds a row, a button at each row removes it, and every press keeps what was typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from guangsha.areas.intake import forms
from guangsha.areas.intake.catalogue import Field, Group, Service
from guangsha.areas.intake.queries import shown_value
from guangsha.areas.intake.rules import asked_materials
from guangsha.people.models import Agency
from guangsha.web.forms import read_field

MATERIALS, CHECK = "materials", "check"
#: Where a list of communities is offered, it fits on a screen or two; a larger district types the name.
COMMUNITIES_MAX = 200
Faults = Mapping[str, forms.Fault]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an application: a group of the form, the materials, or the check."""

    code: str
    title: str
    group: Group | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the pages of an application live: a citizen's own, or those of a helper at a desk."""

    home: str
    page: str
    leave: str
    case: str
    receipt: str
    material: str

    def href(self, code: str, draft_id: int, page: str, query: str = "") -> str:
        """The address of one page of a draft."""
        return reverse(self.page, args=[code, draft_id, page]) + query

    def resume(self, draft_id: int, service: Service, reached: int) -> str:
        """The page of a draft to go on with: the furthest one as far as it can be told without opening the answers."""
        codes = [group.code for group in service.form if group.when is None]
        return self.href(service.code, draft_id, codes[min(reached, len(codes) - 1)] if codes else CHECK)


OWN = Place(
    "portal-my", "portal-apply-page", "portal-apply-leave", "portal-case", "portal-receipt", "portal-material"
)
DESK = Place(
    "office-proxy", "office-proxy-page", "office-proxy-leave", "office-proxy-case", "office-proxy-receipt", "office-proxy-material"
)  # fmt: skip


def pages_of(service: Service, clean: Mapping[str, Any]) -> list[Page]:
    """The pages that this application has, given what is answered so far."""
    found = [Page(group.code, group.title, group) for group in service.form if forms.holds(group.when, clean)]
    if any(material.way == "upload" for material in asked_materials(service, clean)):
        found.append(Page(MATERIALS, "上传材料"))
    return [*found, Page(CHECK, "核对并提交")]


def read_page(group: Group, data: QueryDict) -> dict[str, Any] | list[dict[str, Any]]:
    """What was typed on the page of a group: fields by name, or rows of them."""
    if group.table is None:
        return _read_fields(group, data, group.code)
    rows = []
    # one more than the most, so that a row too many is told and not lost
    for number in range(group.table.max + 1):
        if data.get(f"{group.code}.{number}.row"):
            rows.append(_read_fields(group, data, f"{group.code}.{number}"))
    return rows


def _read_fields(group: Group, data: QueryDict, prefix: str) -> dict[str, Any]:
    read = {field.name: read_field(data, f"{prefix}.{field.name}", field.kind) for field in group.fields}
    return {name: value for name, value in read.items() if value not in ("", [])}


def differences(group: Group, kept: Any, typed: Any) -> str:
    """Which questions of a page another window answered otherwise, by their labels; rows of a table as a whole."""
    if group.table is not None or not isinstance(kept, Mapping) or not isinstance(typed, Mapping):
        return f"“{group.title}”"
    labels = [
        item.label for item in group.fields if (kept.get(item.name) or "") != (typed.get(item.name) or "")
    ]
    return "、".join(f"“{label}”" for label in labels) or f"“{group.title}”"


def filled_rows(typed: Any) -> list[dict[str, Any]]:
    """Rows in which something was typed."""
    return [row for row in typed if isinstance(row, dict) and row] if isinstance(typed, list) else []


@dataclass(frozen=True, slots=True)
class Asked:
    """One field as the macro draws it, with what was typed and what is wrong with it."""

    field: dict[str, Any]
    name: str
    value: Any
    error: str


def field_id(path: str) -> str:
    """The id of the field at a path, as the macros make it."""
    return "f-" + path.replace(".", "-")


def asked(
    group: Group, typed: Mapping[str, Any], clean: Mapping[str, Any], faults: Faults, prefix: str
) -> list[Asked]:
    """The fields of a page or of one row. A field that depends on an answer of another page is left out where it does not
    apply; one that depends on this page is drawn with its condition and says it in words."""
    drawn = []
    for field in group.fields:
        here = field.when is not None and field.when.group == group.code
        if field.when is not None and not here and not forms.holds(field.when, clean):
            continue
        path = f"{prefix}.{field.name}"
        fault = faults.get(path)
        value = typed.get(field.name, "")
        drawn.append(Asked(_drawn(group, field, here, value), path, value, fault.text if fault else ""))
    return drawn


def _drawn(group: Group, field: Field, here: bool, typed: Any) -> dict[str, Any]:
    kind, choices = field.kind, dict(field.choices)
    if kind == "text" and field.name == "community" and (known := _communities(str(typed or ""))):
        kind, choices = "choice", known
    drawn: dict[str, Any] = {
        "name": field.name, "label": field.label, "kind": kind, "required": field.required, "help": field.help,
        "max": field.max, "choices": choices,
    }  # fmt: skip
    if here and field.when is not None:
        other = group.field(field.when.name)
        words = "、".join(_answer_word(other, value) for value in field.when.values)
        only = f"“{other.label if other else ''}”是“{words}”时填写"
        drawn["help"] = f"{only}。{field.help}" if field.help else only
        drawn["when"] = {"field": field.when.name, "is": [_sent(value) for value in field.when.values]}
    return drawn


def _sent(value: str | bool) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def _answer_word(field: Field | None, value: str | bool) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return field.choices.get(value, value) if field else value


def _communities(value: str) -> dict[str, str]:
    """Communities to choose from by name, with their streets; nothing where there are too many. What was typed or is on
    file before stays a choice."""
    rows = list(
        Agency.objects.filter(kind="community", active=True)
        .order_by("path")
        .values_list("name", "parent__name")[: COMMUNITIES_MAX + 1]
    )
    if not rows or len(rows) > COMMUNITIES_MAX:
        return {}
    known = {name: f"{street} {name}" if street else name for name, street in rows}
    return known if not value or value in known else {value: value, **known}


@dataclass(frozen=True, slots=True)
class Summary:
    """A group on the check page: its rows of label and answer, and the page where it is changed."""

    title: str
    page: str
    answers: tuple[tuple[str, str], ...]


def summaries(service: Service, clean: Mapping[str, Any]) -> list[Summary]:
    """Everything that was answered, as the person who typed it checks it: nothing masked, nothing left out."""
    found = []
    for group in service.form:
        if not forms.holds(group.when, clean):
            continue
        given = clean.get(group.code)
        rows: Sequence[Mapping[str, Any]] = given if isinstance(given, list) else [given or {}]
        if group.table is not None and not rows:
            found.append(Summary(group.title, group.code, ()))
        for number, row in enumerate(rows, start=1):
            title = f"{group.title}：第 {number} 个{group.table.row}" if group.table else group.title
            answers = tuple(
                (field.label, shown_value(field, row[field.name]))
                for field in group.fields
                if row.get(field.name) not in (None, "", [])
            )
            found.append(Summary(title, group.code, answers))
    return found


def read_all(service: Service, typed: Mapping[str, Any], today: date) -> tuple[dict[str, Any], Faults]:
    """Clean answers, and what is wrong by path."""
    stripped = {
        code: filled_rows(value) if isinstance(value, list) else value for code, value in typed.items()
    }
    clean, faults = forms.read_answers(service, stripped, today)
    return clean, {fault.path: fault for fault in faults}


def faults_of_page(code: str, faults: Faults) -> Faults:
    """Those of the faults that belong to a page."""
    return {path: fault for path, fault in faults.items() if path.partition(".")[0] == code}


def told(faults: Faults) -> list[tuple[str, str]]:
    """Faults as the list at the top of a page shows them: the field to jump to, and the sentence."""
    return [(field_id(path), f"{fault.label}：{fault.text}") for path, fault in faults.items()]
