"""Acts of staff as forms: a title, the fields it asks for, what it does with what was filled in; one page shows them all.

A room lists its acts as data (``{"sign": Form(…)}``); :func:`act_page` draws the form, runs the act, and comes back with the
sentence where something was wrong, with everything that was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.kernel.numbers import DIGITS_MAX
from guangsha.people.access import NotThere
from guangsha.people.actors import actor_of
from guangsha.web.forms import FIRST_YEAR, LAST_YEAR, day_typed, read_field

Answers = Mapping[str, str]
Field = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Form:
    """One act: its title, the fields it asks for, what it does, and what is said when it is done.

    Attributes:
        note: a sentence above the fields: what follows from the act.
    """

    title: str
    fields: Callable[[Any, Actor], list[Field]]
    run: Callable[[Actor, Any, int, Answers], object]
    done: str
    danger: bool = False
    note: str = ""


def day_of(text: str, label: str) -> date:
    """A date that was filled in.

    Raises:
        InputError: not a date.
    """
    day = day_typed(text)
    if day is None:
        advice = f"请按年、月、日填写，年份在 {FIRST_YEAR} 至 {LAST_YEAR} 之间。"
        raise InputError("不是一个存在的日期", where=label, advice=advice)
    return day


def decimal_of(text: str, label: str) -> Decimal:
    """A number that was filled in.

    Raises:
        InputError: not a number.
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or (number and abs(number.adjusted()) > DIGITS_MAX):
        raise InputError("不是数字", where=label, advice="请填写数字，例如 56.30。")
    return number


def fen_of(text: str, label: str) -> int:
    """An amount in yuan that was filled in, as whole fen.

    Raises:
        InputError: no amount, or one with less than a fen in it.
    """
    exact = decimal_of(text, label) * 100
    if abs(exact) > 10**14:
        raise InputError("金额过大", where=label, advice="请按元填写，例如 650.00。")
    if exact != exact.to_integral_value():
        raise InputError("金额最多两位小数", where=label, advice="请按元填写，例如 650.00。")
    return int(exact)


def text(
    name: str, label: str, *, kind: str = "text", required: bool = True, value: str = "", **more: Any
) -> Field:
    """One field as web/macros.html draws it, with what stands in it at first."""
    return {"name": name, "label": label, "kind": kind, "required": required, "value": value, **more}


def reason() -> Field:
    """Why; goes into the log."""
    return text("reason", "理由", max=200, help="写入操作记录，例如：核对户口簿。")


def acting(request: HttpRequest) -> Actor:
    """The signed-in actor of a page whose gate has let them in.

    Raises:
        NotThere: nobody is signed in.
    """
    actor = actor_of(request)
    if actor is None:
        raise NotThere
    return actor


def read_answers(request: HttpRequest, fields: Sequence[Field]) -> dict[str, str]:
    """What was filled in, by field; the codes of several choices with a space between them."""
    given = {field["name"]: read_field(request.POST, field["name"], field["kind"]) for field in fields}
    return {name: value if isinstance(value, str) else " ".join(value) for name, value in given.items()}


def version_of(request: HttpRequest) -> int:
    """The version of the object that the form was made from."""
    given = request.POST.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 10 else 0


def faults_of(error: GuangshaError, fields: Sequence[Field]) -> list[tuple[str, str]]:
    """The sentence, and the field it is about where the error names one."""
    at = next((f"f-{field['name']}" for field in fields if field["label"] == error.where), "")
    return [(at, str(error))]


def keep(fields: Sequence[Field], answers: Answers) -> None:
    """What was typed stands in the fields again."""
    for field in fields:
        told = answers[field["name"]]
        field["value"] = told.split() if field["kind"] == "choices" else told


def act_page(
    request: HttpRequest,
    form: Form,
    found: Any,
    *,
    here: str,
    crumbs: list[tuple[str, str, tuple[Any, ...]]],
    version: int,
    back: tuple[Any, ...],
) -> HttpResponse:
    """The form of one act on ``found``, or the act and back to the page.

    Args:
        here: the heading of the navigation; crumbs: (label, name of the page, its arguments).
        version: of the object, as the form is shown; what is sent back guards the act against a change in between.
    """
    actor = acting(request)
    fields = form.fields(found, actor)
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        answers = read_answers(request, fields)
        try:
            form.run(actor, found, version_of(request), answers)
        except GuangshaError as error:
            faults = faults_of(error, fields)
            keep(fields, answers)
        else:
            messages.success(request, form.done)
            return redirect(*back)
    context = {
        "title": form.title, "fields": fields, "faults": faults, "version": version, "danger": form.danger, "crumbs": crumbs,
        "here": here, "note": form.note,
    }  # fmt: skip
    answer = render(request, "web/act_form.html", context, status=400 if faults else 200, using="jinja2")
    answer["Cache-Control"] = "no-store"
    return answer
