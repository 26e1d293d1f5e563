"""Frames, macros and forms: what every page relies on."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.http import HttpRequest, QueryDict
from django.template import engines
from django.test import Client, RequestFactory
from django.utils import timezone

from guangsha.testing.cast import Cast
from guangsha.web import navigation
from guangsha.web.forms import read_field

KINDS = (
    "text", "long_text", "identity", "phone", "bank_account", "date", "month", "money", "area", "number", "choice",
    "choices", "yes_no", "address", "password", "code", "search",
)  # fmt: skip


def rendered(source: str, request: HttpRequest | None = None, **context: object) -> str:
    template = engines["jinja2"].from_string('{% import "web/macros.html" as ui with context %}' + source)
    return template.render(context, request or RequestFactory().get("/"))


def field(kind: str, **more: object) -> dict[str, object]:
    return {"name": "thing", "label": "事项", "kind": kind, "choices": {"10": "甲", "20": "乙"}, **more}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_field_is_named_helped_and_says_its_error(kind: str) -> None:
    page = rendered("{{ ui.field(f, '', '请填写事项') }}", f=field(kind, help="按证件填写", required=True))
    assert "事项" in page and "按证件填写" in page and "请填写事项" in page
    assert 'id="f-thing-error"' in page and 'id="f-thing-help"' in page
    assert 'aria-describedby="f-thing-error f-thing-help"' in page
    grouped = kind in ("choice", "choices", "yes_no", "date", "month")
    assert ("<legend" in page) == grouped and ('<label class="label" for="f-thing"' in page) == (not grouped)
    assert ("required" in page) == (kind != "choices")


def test_what_was_typed_is_shown_again_and_escaped() -> None:
    page = rendered("{{ ui.field(f, value) }}", f=field("text"), value='"><b>')
    assert "&#34;&gt;&lt;b&gt;" in page and "<b>" not in page


def test_a_date_is_split_into_three_and_comes_together_again() -> None:
    page = rendered("{{ ui.field(f, '1951-02-03') }}", f=field("date"))
    assert 'name="thing.year" value="1951"' in page and 'name="thing.month" value="2"' in page
    data = QueryDict("thing.year=１９５１&thing.month=2&thing.day=3")
    assert read_field(data, "thing", "date") == "1951-02-03"
    assert read_field(QueryDict("thing.year=1951&thing.month=二&thing.day=3"), "thing", "date") == "1951-二-3"
    assert read_field(QueryDict(""), "thing", "date") == ""


@pytest.mark.parametrize(
    ("kind", "typed", "read"),
    [
        ("money", " 1,234.56 ", "1234.56"), ("phone", "138 0000-0000", "13800000000"), ("text", " 李 ", "李"),
        ("identity", "43069919510203011x", "43069919510203011X"), ("area", "５６．２", "56.2"),
    ],
)  # fmt: skip
def test_numbers_lose_what_people_type_without_meaning_it(kind: str, typed: str, read: str) -> None:
    data = QueryDict(mutable=True)
    data["thing"] = typed
    assert read_field(data, "thing", kind) == read


def test_a_long_choice_is_a_list_and_a_short_one_buttons() -> None:
    many = {str(number): f"第{number}项" for number in range(12)}
    assert "<select" in rendered("{{ ui.field(f, '3') }}", f=field("choice", choices=many))
    assert 'value="20" checked' in rendered("{{ ui.field(f, '20') }}", f=field("choice"))
    assert rendered("{{ ui.field(f, ['10', '20']) }}", f=field("choices")).count("checked") == 2


def test_the_other_parts_render() -> None:
    now = timezone.now()
    moments = [
        SimpleNamespace(title="已提交", text="", at=now, by="李建国", state="done", due=None),
        SimpleNamespace(title="街道初审", text="核对住房情况", at=None, by="", state="now", due=now.date()),
    ]
    page = rendered(
        "{{ ui.crumbs([('我要办', '/services/'), ('申请', '')]) }}{{ ui.notice('warn', '请补正') }}"
        "{{ ui.faults([('f-thing', '请填写事项')]) }}{{ ui.upload('card', '身份证', kept=[('a.jpg', '3 KB', '7', '/x')]) }}"
        "{{ ui.tick('truth', '承诺属实') }}{{ ui.table('办件', ['编号', ('天数', 'num')], [['A1', 3]]) }}"
        "{{ ui.table('空', ['编号'], []) }}{{ ui.pill('审核中', 'wait') }}{{ ui.due(-2) }}{{ ui.due(none) }}"
        "{{ ui.pager(2, 3, 'q=1', 55) }}{{ ui.timeline(moments) }}{{ ui.progress([('填写', '/a'), ('确认', '')], 2) }}"
        "{{ ui.facts([('姓名', '李*'), ('电话', '')]) }}{{ ui.masked('430699********0111', '/r') }}"
        "{% call ui.confirm('/remove/', '撤回申请', '确定撤回吗？', tone='danger') %}<p>撤回后可重新申请</p>{% endcall %}"
        "{{ ui.figure('在办', 12, '较上月减少 3') }}{{ ui.bar('按时办结', 98) }}{{ ui.rating() }}",
        moments=moments,
    )
    for words in (
        "超期 2 个工作日",
        "无时限",
        "没有记录",
        "第 2 页，共 3 页",
        "?page=3&amp;q=1",
        "正在进行",
        "第 2 步",
        "csrf",
    ):
        assert words in page, words
    assert 'aria-current="step"' in page and "查看原文" in page and "非常满意" in page
    assert 'data-label="天数"' in page and "最迟" in page


def test_the_elder_version_is_a_cookie_and_leads_back_to_this_site_only() -> None:
    client = Client(headers={"host": "127.0.0.1"})
    answer = client.get("/elder/?to=1&next=/nothing/")
    assert answer.status_code == 302 and answer.url == "/nothing/"
    page = client.get("/nothing/").content.decode()
    assert "web/elder.css" in page and "标准版" in page
    assert client.get("/elder/?to=0&next=https://elsewhere.example/").url == "/"
    assert "web/elder.css" not in client.get("/nothing/").content.decode()


def test_pages_for_staff_show_who_acts_and_only_their_own_navigation(cast: Cast) -> None:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(cast.staff["district_reviewer"])
    page = client.get("/office/nothing/").content.decode()
    assert "周审核" in page and "湖滨区住房保障服务中心 · 区级初审" in page
    codes = {
        link.code
        for group in navigation.office_navigation(cast.actor("district_reviewer"))
        for link in group.entries
    }
    assert "admin" not in codes and "acts" not in codes
    assert navigation.office_navigation(None) == []


def test_a_count_stands_behind_its_heading(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        navigation,
        "OFFICE",
        (("工作", (navigation.Item("reports", "报告", "reports", frozenset({"auditor"})),)),),
    )
    monkeypatch.setattr(navigation, "_COUNTS", {"reports": lambda actor: 7})
    (group,) = navigation.office_navigation(cast.actor("auditor"))
    assert group.entries[0].count == 7
    assert navigation.office_navigation(cast.actor("street_clerk")) == []


def test_nothing_inline_stands_in_a_template() -> None:
    from guangsha.web import jinja

    root = __import__("pathlib").Path(jinja.__file__).parents[1]
    for path in root.rglob("jinja2/**/*.html"):
        text = path.read_text(encoding="utf-8")
        assert " style=" not in text and "<style" not in text and " onclick=" not in text, path
        assert "|safe" not in text, path


def test_no_page_takes_a_name_that_every_template_knows() -> None:
    """A page that hands over ``opens`` as a day takes it from the macros that call it."""
    known = set(engines["jinja2"].env.globals)
    package = Path(navigation.__file__).parent.parent
    taken = [
        f"{path.relative_to(package)}:{key.lineno} {key.value}"
        for path in package.rglob("*.py")
        if not {"tests", "testing"} & set(path.parts)
        for found in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(found, ast.Dict)
        for key in found.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value in known
    ]
    assert "opens" in known and taken == []
