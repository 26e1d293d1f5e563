"""Reads the files of the catalogue and says in Chinese what is wrong in them: file, place, what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any, TypeVar

import yaml

from guangsha.areas.intake import catalogue as c
from guangsha.areas.verification.models import SOURCES
from guangsha.areas.verification.proofing import LEVELS
from guangsha.audit.actions import sm3
from guangsha.kernel.errors import InputError, InputErrors
from guangsha.kernel.hashing import canonical_json
from guangsha.people.roles import OUTSIDERS, ROLES

#: A service file of a few hundred lines is under 60 KB.
BYTES_MAX = 512 * 1024
ITEMS_MAX = 300
CODE = re.compile(r"[a-z][a-z0-9_]{0,38}")
ADVICE = "请对照 docs/services.md 更正该文件。"

T = TypeVar("T")
_REQUIRED: Any = object()


# libyaml's parser where PyYAML was built with it: every process that starts reads all services
class _TextLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads every scalar but null, true/false and whole numbers as text: dates and decimals keep their writing."""


_TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rsplit(":", 1)[-1] in ("null", "bool", "int", "merge")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}  # fmt: skip


class Faults:
    """Collects what is wrong, so that all of it is told at once."""

    def __init__(self) -> None:
        self.found: list[InputError] = []

    def add(self, where: str, what: str) -> None:
        self.found.append(InputError(what, where=where, advice=ADVICE))


class Node:
    """One mapping of a file that knows where it stands. Wrong values are noted and replaced by empty ones."""

    def __init__(self, data: Any, where: str, faults: Faults) -> None:
        self.where, self.faults = where, faults
        self.usable = isinstance(data, dict)
        if not self.usable:
            faults.add(where, "应为一组“键: 值”")
        self._data: dict[str, Any] = {str(key): value for key, value in data.items()} if self.usable else {}
        self._known: set[str] = set()

    def fault(self, key: str, what: str) -> None:
        self.faults.add(f"{self.where} {key}".strip(), what)

    def has(self, key: str) -> bool:
        self._known.add(key)
        return self._data.get(key) is not None

    def get(self, key: str, default: Any = _REQUIRED) -> Any:
        self._known.add(key)
        value = self._data.get(key)
        if value is None:
            if default is _REQUIRED and self.usable:
                self.fault(key, "没有填写")
            return None if default is _REQUIRED else default
        return value

    def text(self, key: str, default: Any = _REQUIRED, *, most: int = 4000) -> str:
        value = self.get(key, default)
        if value is None:
            return ""
        if not isinstance(value, str | int) or isinstance(value, bool):
            self.fault(key, "应为一段文字（含冒号或以数字开头的，请加引号）")
            return ""
        if len(str(value)) > most:
            self.fault(key, f"超过 {most} 个字")
        return str(value).strip()

    def code(self, key: str) -> str:
        value = self.text(key)
        if value and not CODE.fullmatch(value):
            self.fault(key, f"“{value[:40]}”应以小写字母开头，只用小写字母、数字和下划线")
        return value

    def choice(self, key: str, allowed: Iterable[str], default: Any = _REQUIRED) -> str:
        value, known = self.text(key, default), list(allowed)
        if value and value not in known:
            self.fault(key, f"“{value[:40]}”不认识，可以是：{'、'.join(known)}")
        return value

    def flag(self, key: str, default: Any = _REQUIRED) -> bool:
        value = self.get(key, default)
        if not isinstance(value, bool):
            if value is not None:
                self.fault(key, "应为 true 或 false")
            return False
        return value

    def whole(self, key: str, least: int, most: int, default: Any = _REQUIRED) -> int:
        value = self.get(key, default)
        if value is None:
            return least
        if type(value) is not int or not least <= value <= most:
            self.fault(key, f"应为 {least} 到 {most} 的整数")
            return least
        return value

    def decimal(self, key: str) -> Decimal | None:
        value = self.get(key, None)
        if value is None:
            return None
        try:
            return Decimal(str(value))
        except InvalidOperation:
            self.fault(key, f"“{value}”不是数")
            return None

    def list_of(self, key: str, default: Any = _REQUIRED) -> list[Any]:
        value = self.get(key, default)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > ITEMS_MAX:
            self.fault(key, f"应为列表，不超过 {ITEMS_MAX} 项")
            return []
        return value

    def texts(
        self, key: str, default: Any = _REQUIRED, allowed: Iterable[str] | None = None
    ) -> tuple[str, ...]:
        values = self.list_of(key, default)
        known = None if allowed is None else list(allowed)
        for value in values:
            if not isinstance(value, str | int) or isinstance(value, bool):
                self.fault(key, "列表里应全是文字")
            elif known is not None and str(value) not in known:
                self.fault(key, f"“{value}”不认识，可以是：{'、'.join(known)}")
        return tuple(str(value) for value in values)

    def pairs(self, key: str, default: Any = _REQUIRED) -> dict[str, str]:
        value = self.get(key, default)
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(isinstance(item, str | int) for item in value.values()):
            self.fault(key, "应为一组“代码: 文字”")
            return {}
        return {str(code): str(text) for code, text in value.items()}

    def node(self, key: str) -> Node | None:
        if not self.has(key):
            return None
        return Node(self._data[key], f"{self.where} {key}".strip(), self.faults)

    def nodes(self, key: str, read: Callable[[Node], T], default: Any = _REQUIRED) -> tuple[T, ...]:
        done = []
        for number, item in enumerate(self.list_of(key, default), start=1):
            label = (
                item.get("code") or item.get("name") or item.get("group") if isinstance(item, dict) else None
            )
            place = f"{self.where} {key} 第{number}项" + (f"（{label}）" if label else "")
            node = Node(item, place.strip(), self.faults)
            done.append(read(node))
            node.close()
        return tuple(done)

    def close(self) -> None:
        """Note every key that nobody asked for: a slip of the pen would otherwise change nothing, silently."""
        for key in sorted(set(self._data) - self._known):
            self.fault(key, "是不认识的键")


def read_folder(folder: Path) -> list[c.Service]:
    """Every ``*.yaml`` of the folder.

    Raises:
        InputErrors: everything that is wrong in any of them.
    """
    faults, found = Faults(), []
    for path in sorted(folder.glob("*.yaml")):
        service = read_service(path, faults)
        if service is not None:
            found.append(service)
    numbers: dict[int, str] = {}
    for service in found:
        if service.number in numbers:
            faults.add(
                f"{service.code}.yaml number", f"{service.number} 已被 {numbers[service.number]}.yaml 使用"
            )
        numbers.setdefault(service.number, service.code)
    if faults.found:
        raise InputErrors(faults.found)
    return found


def read_service(path: Path, faults: Faults) -> c.Service | None:
    """The service in one file; None when the file is not a mapping at all. What is wrong goes to ``faults``."""
    if path.stat().st_size > BYTES_MAX:
        faults.add(path.name, f"文件超过 {BYTES_MAX // 1024} KB，不是事项文件")
        return None
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_TextLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        faults.add(
            path.name + (f" 第 {mark.line + 1} 行" if mark else ""), "不是有效的 YAML（多为缩进或引号有误）"
        )
        return None
    except UnicodeDecodeError:
        faults.add(path.name, "不是 UTF-8 编码的文字文件")
        return None
    if not isinstance(data, dict):
        faults.add(path.name, "应为一组“键: 值”")
        return None
    top = Node(data, path.name, faults)
    form = _form(top)
    service = c.Service(
        code=top.code("code"),
        number=top.whole("number", 1, 149),
        name=top.text("name", most=60),
        group=top.text("group", most=20),
        audience=top.texts("audience", allowed=c.AUDIENCES),
        summary=top.text("summary", most=200),
        aka=top.texts("aka", []),
        basis=top.nodes("basis", _basis, []),
        fee=top.text("fee", "不收费"),
        promised_workdays=top.whole("promised_workdays", 0, 200) if top.has("promised_workdays") else None,
        legal_workdays=top.whole("legal_workdays", 1, 400) if top.has("legal_workdays") else None,
        instant=top.flag("instant", False),
        conditions=top.nodes("conditions", lambda n: c.Condition(n.code("code"), n.text("text")), []),
        self_test=top.nodes("self_test", _question, []),
        form=form,
        commitments=top.nodes(
            "commitments", lambda n: c.Commitment(n.code("code"), n.text("text"), n.flag("required", True)), []
        ),
        consent=_consent(top),
        materials=top.nodes("materials", lambda n: _material(n, form), []),
        steps=top.nodes("steps", _step, []),
        publicity=_publicity(top),
        decision=_decision(top),
        effect=top.text("effect", "", most=40) or None,
        remedies=top.texts("remedies", [], allowed=c.REMEDIES),
        spot_check_percent=_spot_check(top),
        result=_result(top),
        contact=MappingProxyType(top.pairs("contact", {})),
        version=sm3(canonical_json(data).decode()) if _canonical(data) else "",
        proof=_proof(top),
    )  # fmt: skip
    top.close()
    _check_whole(service, path, top)
    return service


def _canonical(data: Any) -> bool:
    try:
        canonical_json(data)
    except (TypeError, ValueError):
        return False
    return True


def _basis(node: Node) -> c.Basis:
    return c.Basis(node.text("title"), node.text("number", ""), node.texts("articles", []))


def _question(node: Node) -> c.Question:
    return c.Question(node.text("ask"), node.code("code"), node.flag("good", True), node.text("otherwise"))


def _consent(top: Node) -> c.ConsentAsked | None:
    node = top.node("consent")
    if node is None:
        return None
    asked = c.ConsentAsked(
        node.texts("sources", allowed=[code for code, _ in SOURCES]), node.text("purpose", most=120)
    )
    node.close()
    return asked


def _proof(top: Node) -> c.ProofAsked:
    node = top.node("proof")
    usual = c.ProofAsked()
    if node is None:
        return usual
    asked = c.ProofAsked(node.choice("submit", LEVELS, usual.submit), node.choice("read", LEVELS, usual.read))
    node.close()
    return asked


def _result(top: Node) -> c.Result | None:
    node = top.node("result")
    if node is None:
        return None
    months = node.whole("validity_months", 1, 600) if node.has("validity_months") else None
    result = c.Result(node.text("name", most=60), months)
    node.close()
    return result


def _spot_check(top: Node) -> int:
    node = top.node("spot_check")
    if node is None:
        return 0
    percent = node.whole("percent", 0, 100)
    node.close()
    return percent


def _form(top: Node) -> tuple[c.Group, ...]:
    groups: list[c.Group] = []

    def read(node: Node) -> c.Group:
        group = _group(node, groups)
        groups.append(group)
        return group

    found = top.nodes("form", read, [])
    codes = [group.code for group in found]
    for code in sorted({code for code in codes if code and codes.count(code) > 1}):
        top.fault("form", f"组“{code}”出现了两次")
    return found


def _group(node: Node, before: list[c.Group]) -> c.Group:
    code = node.code("group")
    table = None
    shape = node.node("table")
    if shape is not None:
        table = c.Table(
            shape.whole("min", 0, 50, 0), shape.whole("max", 1, 50), shape.text("row", "行", most=20)
        )
        if table.min > table.max:
            shape.fault("min", "大于 max")
        shape.close()
    when = _when(node, before, None, code)
    fields: list[c.Field] = []

    def read(item: Node) -> c.Field:
        done = _field(item, before, fields, code)
        if any(other.name == done.name for other in fields):
            item.fault("name", f"“{done.name}”在本组出现了两次")
        fields.append(done)
        return done

    found = node.nodes("fields", read)
    return c.Group(code, node.text("title", most=40), found, node.text("help", ""), table, when)


def _field(node: Node, before: list[c.Group], row: list[c.Field], group: str) -> c.Field:
    kind = node.choice("kind", c.FIELD_KINDS)
    choices = node.pairs("choices", {})
    if kind in ("choice", "choices") and not choices:
        node.fault("choices", "没有填写")
    if choices and kind not in ("choice", "choices"):
        node.fault("choices", "只用于 choice 和 choices")
    prefill = node.text("prefill", "")
    if prefill and prefill not in c.PREFILLS:
        node.fault("prefill", f"“{prefill}”不认识，可以是：{'、'.join(sorted(c.PREFILLS))}")
    return c.Field(
        name=node.code("name"),
        label=node.text("label", most=60),
        kind=kind,
        required=node.flag("required", False),
        help=node.text("help", "", most=400),
        max=node.whole("max", 1, 4000, 2000 if kind == "long_text" else 200),
        least=node.decimal("least"),
        most=node.decimal("most"),
        choices=MappingProxyType(choices),
        prefill=prefill,
        when=_when(node, before, row, group),
        private=node.choice("private", c.PRIVATE, ""),
    )


def _when(node: Node, before: list[c.Group], row: list[c.Field] | None, group: str) -> c.When | None:
    """A condition may only look back: at an earlier field of the same group (or row), or at an earlier page."""
    inner = node.node("when")
    if inner is None:
        return None
    path, raw = inner.text("field"), inner.list_of("is")
    inner.close()
    place, _, name = path.rpartition(".")
    target, home = None, place or group
    if place in ("", group) and row is not None:
        target = next((item for item in row if item.name == name), None)
    elif place:
        found = next((item for item in before if item.code == place), None)
        if found is not None and found.table is not None:
            inner.fault("field", f"“{path}”在表格“{found.title}”里，表格的列只能被同一行引用")
            return None
        target = found.field(name) if found else None
    if target is None:
        inner.fault("field", f"“{path}”不是前面填过的字段；本组的写字段名，前面的组写“组.字段”")
        return None
    return c.When(home, name, _values(inner, target, raw))


def _values(node: Node, target: c.Field, raw: list[Any]) -> tuple[str | bool, ...]:
    if not raw:
        node.fault("is", "至少写一个值")
    if target.kind == "yes_no":
        if not all(isinstance(value, bool) for value in raw):
            node.fault("is", f"“{target.label}”是是否题，应写 [true] 或 [false]")
        return tuple(value for value in raw if isinstance(value, bool))
    if target.kind not in ("choice", "choices"):
        node.fault("field", f"“{target.label}”不是选择题或是否题，不能作为条件")
    values = tuple(str(value) for value in raw)
    for value in values:
        if target.choices and value not in target.choices:
            node.fault("is", f"“{value}”不是“{target.label}”的选项")
    return values


def _material(node: Node, form: tuple[c.Group, ...]) -> c.MaterialAsked:
    way = node.choice("way", c.WAYS)
    claims = node.pairs("claims", {})
    paths = {f"{group.code}.{item.name}" for group in form for item in group.fields}
    paths |= {group.code for group in form if group.table}
    for attribute, path in claims.items():
        if path not in paths:
            node.fault("claims", f"{attribute} 指向的“{path}”不是表单中的字段（应写“组.字段”，整张表写组名）")
    source = node.choice("source", [code for code, _ in SOURCES], "")
    if way == "verified" and not source:
        node.fault("source", "核验的材料要写明数据来源")
    tables = [group.code for group in form if group.table]
    return c.MaterialAsked(
        code=node.code("code"),
        name=node.text("name", most=60),
        way=way,
        required=node.flag("required", True),
        source=source,
        people=node.choice("people", ("applicant", "all", *tables), "applicant"),
        claims=MappingProxyType(claims),
        when=_when(node, list(form), None, ""),
        help=node.text("help", "", most=400),
        copies=node.whole("copies", 1, 20, 1),
    )


def _role(node: Node) -> str:
    return node.choice("role", [code for code in ROLES if code not in OUTSIDERS])


def _step(node: Node) -> c.Step:
    return c.Step(
        code=node.code("code"),
        name=node.text("name", most=40),
        state=node.choice("state", c.REVIEW_STATES),
        role=_role(node),
        workdays=node.whole("workdays", 1, 200),
        people=node.whole("people", 1, 2, 1),
        checklist=node.texts("checklist", []),
    )


def _publicity(top: Node) -> c.Publicity | None:
    node = top.node("publicity")
    if node is None:
        return None
    done = c.Publicity(
        days=node.whole("days", 1, 90),
        columns=node.texts("columns", allowed=c.NOTICE_COLUMNS),
        level=node.choice("level", ("community", "street", "district", "city"), "district"),
        workdays=node.flag("workdays", False),
        text=node.text("text", ""),
    )
    node.close()
    return done


def _decision(top: Node) -> c.DecisionPlan | None:
    node = top.node("decision")
    if node is None:
        return None
    outcomes = node.pairs("outcomes")
    for outcome in outcomes:
        if outcome not in ("approved", "rejected"):
            node.fault("outcomes", f"“{outcome}”不认识，只能是 approved 和 rejected")
    letters = node.pairs("letter")
    for outcome, text in letters.items():
        _letter(node, outcome, text)
    for outcome in outcomes:
        if not letters.get(outcome):
            node.fault("letter", f"没有“{outcome}”的文书")
    reasons = node.nodes(
        "reasons", lambda n: c.Reason(n.code("code"), n.text("text"), n.text("article", "")), []
    )
    if "rejected" in outcomes and not reasons:
        node.fault("reasons", "可以不予批准的事项要列出法定理由")
    done = c.DecisionPlan(
        _role(node),
        node.whole("workdays", 0, 200),
        MappingProxyType(outcomes),
        reasons,
        MappingProxyType(letters),
    )
    node.close()
    return done


def _letter(node: Node, outcome: str, text: str) -> None:
    try:
        words = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError:
        node.fault("letter", f"“{outcome}”的花括号不成对")
        return
    for word in words:
        if word not in c.LETTER_WORDS:
            known = "、".join("{" + name + "}" for name in c.LETTER_WORDS)
            node.fault("letter", f"“{outcome}”中的“{{{word}}}”不认识，可以是：{known}")


def _check_whole(service: c.Service, path: Path, top: Node) -> None:
    """What only shows when the parts are seen together."""
    if service.code and service.code != path.stem:
        top.fault("code", f"“{service.code}”应与文件名“{path.stem}”一致")
    if 12 < service.number < 101:
        top.fault("number", "核心事项为 1 到 12，扩展事项从 101 起")
    for name, codes in (
        ("materials", [item.code for item in service.materials]),
        ("steps", [item.code for item in service.steps]),
        ("conditions", [item.code for item in service.conditions]),
        ("commitments", [item.code for item in service.commitments]),
        ("self_test", [item.code for item in service.self_test]),
    ):
        for code in sorted({code for code in codes if code and codes.count(code) > 1}):
            top.fault(name, f"“{code}”出现了两次")
    sources = set(service.consent.sources) if service.consent else set()
    for material in service.materials:
        if material.way == "verified" and material.source and material.source not in sources:
            top.fault("materials", f"“{material.name}”要向 {material.source} 核验，但 consent.sources 没有它")
    if service.instant:
        if service.steps or service.decision or service.publicity:
            top.fault("instant", "即时办结的事项不建办件，不能有 steps、publicity 或 decision")
        return
    if service.decision is None:
        top.fault("decision", "没有填写（即时办结的事项请写 instant: true）")
    if service.promised_workdays is None:
        top.fault("promised_workdays", "没有填写承诺工作日")
    legal, promised = service.legal_workdays, service.promised_workdays
    if legal is not None and promised is not None and promised > legal:
        top.fault("promised_workdays", f"{promised} 大于法定的 {legal}")
    if service.decision and "rejected" in service.decision.outcomes and not service.remedies:
        top.fault("remedies", "可以不予批准的事项要写明救济途径")
    states = [step.state for step in service.steps]
    if len(set(states)) != len(states) or [s for s in c.REVIEW_STATES if s in states] != states:
        top.fault("steps", f"state 不能重复，顺序应为：{'、'.join(c.REVIEW_STATES)}")
