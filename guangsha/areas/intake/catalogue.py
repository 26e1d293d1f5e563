"""The services (事项) that the agency offers: one YAML file each in ``services/``, read once and checked whole.

docs/services.md explains the files to the officials who write them. Everything that differs between services is here:
forms, materials, steps, limits, letters. A slip in a file is told in Chinese with its file and place, all slips at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from guangsha.kernel.errors import InputError
from guangsha.kernel.resources import data_folder

#: Kinds of fields; what each accepts is decided in ``forms.py``.
FIELD_KINDS = (
    "text", "long_text", "identity", "phone", "bank_account", "date", "month", "money", "area", "number",
    "choice", "choices", "yes_no", "address",
)  # fmt: skip
#: States in which a reviewer works; a step names one of them.
REVIEW_STATES = ("street_review", "civil_review", "district_review", "city_review")
WAYS = ("verified", "upload", "promise")
#: What of a form is not for every colleague's eyes.
PRIVATE = ("income", "health")
AUDIENCES = ("citizen", "enterprise")
REMEDIES = ("reexamination", "reconsideration", "litigation")
NOTICE_COLUMNS = {
    "order": "序号", "name": "申请人", "members": "家庭人数", "community": "社区", "programme": "保障类别",
    "result": "审核结果", "number": "办件编号",
}  # fmt: skip
#: Words that a letter may contain in braces, and what stands for them.
LETTER_WORDS = {
    "name": "申请人姓名", "number": "办件编号", "service": "事项名称", "submitted": "提交日期", "accepted": "受理日期",
    "decided": "决定日期", "reasons": "理由", "articles": "依据条款", "agency": "决定机关", "result": "结果名称",
    "until": "有效期至", "members": "家庭人数", "text": "补充说明",
}  # fmt: skip
#: Where a field may take its first value from (``prefill``).
PREFILLS = frozenset(
    {f"person.{name}" for name in
     ("name", "identity", "phone", "sex", "marital", "birth_date", "employer", "bank_account", "bank_name")}
    | {f"household.{name}" for name in
       ("number", "community", "programme", "hukou", "residence", "members", "size")}
    | {f"member.{name}" for name in ("name", "identity", "phone", "relation", "sex", "marital", "birth_date")}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class When:
    """A condition on an answer given before: the field at ``group.name`` holds one of ``values``."""

    group: str
    name: str
    values: tuple[str | bool, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One question. ``bounds`` of numbers are in the unit that is shown (元, ㎡); ``max`` characters of text. ``private``: income or
    health, shown only to colleagues whose duty needs it (operations.md §6.3)."""

    name: str
    label: str
    kind: str
    required: bool
    help: str = ""
    max: int = 200
    least: Decimal | None = None
    most: Decimal | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    prefill: str = ""
    when: When | None = None
    private: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of the same questions: how few and how many, and what one row is called."""

    min: int
    max: int
    row: str


@dataclass(frozen=True, slots=True)
class Group:
    """One page of a form; with ``table`` its fields are the columns of repeated rows."""

    code: str
    title: str
    fields: tuple[Field, ...]
    help: str = ""
    table: Table | None = None
    when: When | None = None

    def field(self, name: str) -> Field | None:
        """The field of that name, or None."""
        return next((item for item in self.fields if item.name == name), None)


@dataclass(frozen=True, slots=True)
class Basis:
    """A law or rule that a service stands on."""

    title: str
    number: str = ""
    articles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """What an applicant must fulfil, in plain words."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the self-test; an answer other than ``good`` shows ``otherwise``. Nothing of it is kept."""

    ask: str
    code: str
    good: bool
    otherwise: str


@dataclass(frozen=True, slots=True)
class Commitment:
    """A statement that the applicant signs with the application (告知承诺)."""

    code: str
    text: str
    required: bool


@dataclass(frozen=True, slots=True)
class ConsentAsked:
    """Which sources may be asked and for which purpose, if the applicant agrees."""

    sources: tuple[str, ...]
    purpose: str


@dataclass(frozen=True, slots=True)
class MaterialAsked:
    """A material: verified at its source, uploaded, or replaced by a promise. ``claims``: attribute →
    ``group.field``, or a whole table by its group."""

    code: str
    name: str
    way: str
    required: bool
    source: str = ""
    people: str = "applicant"
    claims: Mapping[str, str] = field(default_factory=dict)
    when: When | None = None
    help: str = ""
    copies: int = 1


@dataclass(frozen=True, slots=True)
class Step:
    """One review: which state the case is in, which role works, in how many working days, how many must agree."""

    code: str
    name: str
    state: str
    role: str
    workdays: int
    people: int
    checklist: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Publicity:
    """A public notice before the decision: ``days`` full calendar days, or working days."""

    days: int
    columns: tuple[str, ...]
    level: str = "district"
    workdays: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """A ground on which the service may be refused, with the article it rests on."""

    code: str
    text: str
    article: str


@dataclass(frozen=True, slots=True)
class DecisionPlan:
    """Who decides, within how many working days, on which grounds, and with which letters."""

    role: str
    workdays: int
    outcomes: Mapping[str, str]
    reasons: tuple[Reason, ...]
    letter: Mapping[str, str]

    def reason(self, code: str) -> Reason | None:
        """The ground of that code, or None."""
        return next((item for item in self.reasons if item.code == code), None)


@dataclass(frozen=True, slots=True)
class ProofAsked:
    """How far a citizen must be proved to be who they say (``verification.proofing.LEVELS``): before the application is sent, and
    before letters and results are read."""

    submit: str = "person"
    read: str = "person"


@dataclass(frozen=True, slots=True)
class Result:
    """What an approved applicant gets, and for how many months it holds (None: without end)."""

    name: str
    validity_months: int | None


@dataclass(frozen=True, slots=True)
class Service:
    """One service. ``version`` is the SM3 of its content: a case names the version that it was handled by."""

    code: str
    number: int
    name: str
    group: str
    audience: tuple[str, ...]
    summary: str
    aka: tuple[str, ...]
    basis: tuple[Basis, ...]
    fee: str
    promised_workdays: int | None
    legal_workdays: int | None
    instant: bool
    conditions: tuple[Condition, ...]
    self_test: tuple[Question, ...]
    form: tuple[Group, ...]
    commitments: tuple[Commitment, ...]
    consent: ConsentAsked | None
    materials: tuple[MaterialAsked, ...]
    steps: tuple[Step, ...]
    publicity: Publicity | None
    decision: DecisionPlan | None
    effect: str | None
    remedies: tuple[str, ...]
    spot_check_percent: int
    result: Result | None
    contact: Mapping[str, str]
    version: str
    proof: ProofAsked = field(default_factory=ProofAsked)

    def group_of(self, code: str) -> Group | None:
        """The group of that code, or None."""
        return next((item for item in self.form if item.code == code), None)

    def field_at(self, path: str) -> Field | None:
        """The field at ``group.name``, or None."""
        group, _, name = path.partition(".")
        found = self.group_of(group)
        return found.field(name) if found else None

    def step(self, code: str) -> Step | None:
        """The step of that code, or None."""
        return next((item for item in self.steps if item.code == code), None)

    def material(self, code: str) -> MaterialAsked | None:
        """The material of that code, or None."""
        return next((item for item in self.materials if item.code == code), None)

    def fields(self) -> Iterator[tuple[Group, Field]]:
        """Every field with its group, in the order of the form."""
        for group in self.form:
            for item in group.fields:
                yield group, item


def load_services(folder: Path) -> Mapping[str, Service]:
    """Every service in ``folder``, by code, in the order of their numbers.

    Raises:
        InputErrors: what is wrong in the files, everything at once.
    """
    from guangsha.areas.intake.catalogue_file import read_folder

    found = sorted(read_folder(folder), key=lambda item: item.number)
    return MappingProxyType({item.code: item for item in found})


@lru_cache(maxsize=1)
def services() -> Mapping[str, Service]:
    """The services of this installation; read once per process."""
    return load_services(data_folder("services"))


def service(code: str) -> Service:
    """The service of that code.

    Raises:
        InputError: there is none.
    """
    found = services().get(code)
    if found is None:
        raise InputError(f"没有代码为“{code[:40]}”的事项", advice="请从办事目录中选择。")
    return found
