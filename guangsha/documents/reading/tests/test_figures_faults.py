"""A figures file with slips: each gets one clear sentence with its line, and all are shown together."""

import json
import re
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.documents.reading import limits
from guangsha.documents.reading.figures import figures_from_bytes, load_figures, parse_figures
from guangsha.kernel.errors import InputError, InputErrors
from guangsha.testing.effort import examples

HEAD = "format: guangsha.figures/1\nunit: 甲中心\nyear: 2023\nprofile: yueyang\n"


def faults(text, name="figures.yaml", **options):
    with pytest.raises(InputError) as caught:
        parse_figures(text, name, **options)
    error = caught.value
    return [str(one) for one in error.errors] if isinstance(error, InputErrors) else [str(error)]


def sheet(body):
    return HEAD + "sheets:\n  - id: overall\n    kind: overall\n" + body


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("130万元", "“年度资金总额·年初预算数”写成了“130万元”，带有单位。本项以万元为单位，请只写 130。"),
        ("1300000元", "请只写 130。"),
        ("1.5亿元", "请只写 15000。"),
        ("12户", "现在是“12户”，单位是户"),
        ("99%", "单位是%"),
        ("-5", "“年度资金总额·年初预算数”不能是负数（-5）"),
        ("'1,212.84'", "带有千位分隔符。请写成 1212.84。"),
        (".nan", "不是有效的数"),
        (".inf", "不是有效的数"),
        ("-Infinity", "不是有效的数"),
        ("1e5", "科学计数法"),
        ("22854. 27", "数字中间有空格"),
        ("很多", "应填以万元为单位的金额，现在是文字“很多”"),
        ("约130", "现在是文字"),
        ("0x1F", "现在是文字"),
        ("1_000", "现在是文字"),
        ("0.0000001", "精确到了分以下"),
        ("99999999999", "过大"),
        ("1" * 5000, "太长"),
        ("1" * 5000 + "x", "现在是一段文字"),
        ("[1, 2]", "应是一个值"),
        ("{a: 1}", "应是一个值"),
    ],
)
def test_an_amount_that_is_not_a_plain_number_of_wan_yuan_is_explained(written, said):
    (fault,) = faults(sheet(f"    funds:\n      total: {{initial: {written}}}\n"))
    assert said in fault
    assert fault.startswith("figures.yaml 第 9 行（sheets[0].funds.total.initial）：")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("staff: {employed: 12.5}", "应是整数"),
        ("staff: {employed: 12人}", "请只写数字，如 12"),
        ("staff: {employed: -3}", "不能是负数"),
        ("about: {report_date: 2024-02-30}", "日期“2024-02-30”无法识别。请写成 2024-06-25 这样的日期。"),
        ("about: {report_date: 六月}", "无法识别"),
        ("abuot: {}", "不认识的键“abuot”。是否想写“about”？"),
        ("about: [1]", "这里应是若干“键: 值”"),
        ("sheets: {}", "这里应是列表"),
        ("sheets: [{kind: overall}]", "缺少“id”"),
        ("sheets: [{id: 'a b', kind: overall}]", "“id”写成了“a b”"),
        ("sheets: [{id: a}]", "缺少 kind"),
        ("sheets: [{id: a, kind: overal}]", "是否想写“overall”？"),
        ("sheets: [{id: a, kind: overall}, {id: a, kind: project, name: x}]", "id 都是“a”"),
        ("sheets: [{id: a, kind: overall}, {id: b, kind: overall}]", "两张整体自评表"),
        ("sheets: [{id: a, kind: project}]", "缺少项目名称"),
        ("sheets: [{id: a, kind: overall, indicators: [{target: 1}]}]", "第 1 个指标缺少三级指标名称"),
        ("sheets: [{id: a, kind: overall, indicators: [{name: x, group: g}]}]", "共用分值组“g”没有列出"),
        (
            "sheets: [{id: a, kind: overall, groups: [{id: g, weight: 5}], indicators: [{name: x, group: g, weight: 1}]}]",
            "不应再有单独的分值",
        ),
        ("sheets: [{id: a, kind: overall, indicators: [{name: x, direction: upp}]}]", "是否想写“up”？"),
        ("sheets: [{id: a, kind: overall, blocks: [{name: '甲[乙]'}]}]", "不能含有"),
        ("base_table: {programmes: [{key: a, parent: b}]}", "指向的项目行“b”不存在"),
        ("base_table: {programmes: [{key: a}, {key: a}]}", "出现两次"),
        ("base_table: {three_publc: {}}", "是否想写“three_public”？"),
        ("detail: {economic: {3O1: 5}}", "科目编码“3O1”不对"),
        ("accounts: {revenue: {rows: {totl: [1]}}}", "没有“totl”这一行。是否想写“total”？"),
        ("accounts: {revenue: {rows: {total: [1, 2]}}}", "这一行有 2 个数，表有 7 列"),
        ("accounts: {overview: {columns: [amont], rows: {income.total: [1]}}}", "是否想写“amount”？"),
        ("statements: [{id: s, kind: share, delta: 1}]", "没有“delta”这一项"),
        ("statements: [{id: s, kind: shares}]", "是否想写“share”？"),
        ("statements: [{id: s, kind: amount, amount: 1, parts: [{amount: 1}]}]", "没有分项"),
        ("rollup: {method: mean}", "“汇总方法”不能填“mean”"),
        ("rollup: {members: [{key: hq}]}", "缺少名称"),
        ("rollup: {three_public: {members: {hq: {}}}}", "不在 members 中"),
        ("prior_year: {about: {}}", "不认识的键“about”"),
        ("unit2: 乙", "是否想写“unit”？"),
        ('about: {duties: "a\\0b"}', "控制字符"),
        ('about: {duties: "\\ud800"}', ""),
        ("about: {duties: &a 甲}", "锚点（&）。请直接写出内容；文字以符号开头时请加引号。"),
        ("about: {duties: *a}", ""),
        ("about: {duties: !!str 5}", "标签（!）"),
        ("about: {duties: !!python/object/apply:os.system [id]}", "标签（!）"),
        ("about: {<<: {}}", "合并键"),
        ("unit: 乙", "“unit”写了两次（另一处在第 2 行）"),
        ("about: {duties: 甲", "YAML 写法有误"),
        ("about: {[1]: 甲}", "键必须是文字"),
        ("about: {{a: 1}: 甲}", "键必须是文字"),
        ("---\nformat: x", "多份 YAML 文档"),
        ("about: {duties: \x07}", "不能识别的字符"),
    ],
)
def test_every_other_slip_has_its_sentence_and_line(line, said):
    found = faults(HEAD + line + "\n")
    assert any(said in fault for fault in found), found
    assert all(re.match(r"figures\.yaml 第 \d 行", fault) for fault in found)


def test_missing_head_entries_are_all_named_at_once():
    found = faults("staff: {}\n")
    assert [re.search(r"缺少[^ 。]*|没有写明[^ 。]*", fault)[0] for fault in found] == [
        "缺少", "缺少单位名称（unit）", "缺少年度（year）", "没有写明口径模板（profile）",
    ]  # fmt: skip


@pytest.mark.parametrize("year", ["23", "二〇二三", "2023.5", "3023", "1023"])
def test_a_year_that_is_none_is_refused(year):
    (fault,) = faults(HEAD.replace("2023", year))
    assert "无法识别" in fault


def test_all_faults_are_shown_together_in_order():
    body = "    funds:\n      total: {initial: 1万, full_year: -2, executed: x}\n    name2: 乙\n"
    found = faults(sheet(body) + "staf: {}\n")
    assert len(found) == 5


def test_more_faults_than_anyone_reads_are_counted_not_listed():
    rows = "".join(f"      - {{nme: 指标{n}}}\n" for n in range(500))
    found = faults(sheet("    indicators:\n" + rows))
    assert len(found) == limits.ERRORS_MAX + 1
    assert found[-1].startswith("另有 900 处未列出")


def test_a_profile_on_the_command_line_stands_before_the_files_own():
    assert parse_figures(HEAD, profile="mof").profile == "mof"
    assert parse_figures(HEAD.replace("profile: yueyang\n", ""), profile="mof").profile == "mof"


def test_figures_keep_their_text_place_and_quote():
    facts = parse_figures(sheet("    funds:\n      total: {initial: 9.10}\n"))
    fact = facts.find("sheet.funds", sheet="overall", fund="total", stage="initial")
    assert (fact.text, fact.decimals) == ("9.10", 2)
    assert (fact.source.line, fact.source.cell, fact.source.quote) == (
        9,
        "sheets[0].funds.total.initial",
        "9.10",
    )


def test_a_percent_sign_in_a_rate_and_full_width_digits_are_understood():
    facts = parse_figures(sheet("    published: {rate: 99.41%, total: ９７.９４}\n"))
    assert facts.find("execution.rate", sheet="overall", basis="published").text == "99.41"
    assert facts.find("sheet.total", sheet="overall", basis="published").text == "97.94"


def test_balances_and_differences_may_be_negative():
    text = HEAD + (
        "detail: {amounts: {balance: -3}}\n"
        "accounts:\n  overview: {rows: {expenditure.closing: [-1]}}\n"
        "statements: [{id: s, kind: growth, current: 1, prior: 2, delta: -1, percent: -50}]\n"
    )
    assert len(parse_figures(text)) == 7
    assert "不能是负数" in faults(HEAD + "accounts: {overview: {rows: {income.total: [-1]}}}\n")[0]


def test_blank_is_not_zero():
    facts = parse_figures(HEAD + "base_table: {vehicles: {prior: ~, budget: , executed: 0}}\n")
    assert [(f.dimension("stage"), f.text) for f in facts] == [("executed", "0")]


# --- JSON --------------------------------------------------------------------------------------------------


def as_json(**more):
    return {"format": "guangsha.figures/1", "unit": "甲中心", "year": 2023, "profile": "yueyang", **more}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "JSON 写法有误"),
        ("", "JSON 写法有误"),
        ("[]", "这里应是若干"),
        (json.dumps(as_json(staff={"employed": 1e400})), "不是有效的数"),
        (
            json.dumps(as_json(staff={"employed": float("nan")})),
            "figures.json staff.employed：“在职人数”写成了“NaN”",
        ),
        ('{"format": "guangsha.figures/1", "format": 1}', "“format”写了两次"),
        (json.dumps(as_json(abuot={})), "不认识的键“abuot”"),
        (json.dumps(as_json(about={"duties": "\ud800"})), "控制字符"),
        (json.dumps(as_json(year="1" * 6000)), "无法识别"),
        (json.dumps(as_json(staff={"employed": True})), "现在是文字“true”"),
        ("[" * 100_000, "层次超过"),
        ("[" * 100 + "]" * 100, "层次超过"),
        ("[" + "0," * 3_000_000 + "0]", "内容超过"),
        ("[" + "0," * 300_000 + "0]", "内容超过"),
    ],
)
def test_json_slips_have_sentences_too(text, said):
    assert any(said in fault for fault in faults(text, "figures.json"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"concept": "no.such"}, "不认识的数据项"),
        ({"value": "1e999999999"}, "不是普通数字"),
        ({"value": "NaN"}, "不是普通数字"),
        ({"dimensions": {"x": "y"}}, "维度或取值不合规定"),
        ({"year": "x"}, "无法识别"),
        ({"unit": "furlong"}, "不认识的计量单位"),
        ({"decimals": "many"}, "小数位数"),
        ({"source": {"type": "shell"}}, "不认识的来源类别"),
        ({"source": {"type": "cell", "evil": "1"}}, "来源中有不认识的项"),
        ({"source": {"type": "cell", "line": "x"}}, "不是整数"),
        ({"source": {"type": "entry"}}, "来源不完整"),
    ],
)
def test_a_damaged_facts_json_is_refused_fact_by_fact(change, said):
    fact = {
        "concept": "staff.employed",
        "dimensions": {},
        "year": 2023,
        "value": "5",
        "unit": None,
        "decimals": 0,
    }
    data = {"unit": "甲", "year": 2023, "profile": "mof", "facts": [{**fact, **change}]}
    (fault,) = faults(json.dumps(data), "facts.json")
    assert said in fault


# --- hostile and damaged -----------------------------------------------------------------------------------


def test_a_billion_laughs_document_is_refused_in_little_memory():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    tracemalloc.start()
    assert any("锚点" in fault for fault in faults("\n".join(lines)))
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("text", ["[" * 200_000, "{a: " * 100_000, "- " * 100_000, "a:\n" + " b:\n" * 3])
def test_deep_or_broken_nesting_is_refused_without_a_traceback(text):
    assert faults(text)


def test_too_many_entries_are_refused():
    assert "内容超过" in faults("- 1\n" * 250_000)[0]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("unit: 甲".encode("gbk"), "不是 UTF-8 编码"),
        ("unit: 甲".encode("utf-16"), "不是 UTF-8 编码"),
        (b"\x00\x01\x02", "不能识别的字符"),
        (b"# nothing\n", "文件是空的"),
        (b"just words", "这里应是若干"),
        (b"x" * (limits.FIGURES_BYTES_MAX + 1), "超过上限 8 MB"),
    ],
)
def test_bytes_that_are_no_figures_file_are_refused(data, said):
    with pytest.raises(InputError, match=said):
        figures_from_bytes(data, "figures.yaml")


def test_files_that_cannot_be_read_are_refused(tmp_path):
    large = tmp_path / "figures.yaml"
    with large.open("wb") as stream:
        stream.truncate(200 * 1024 * 1024)
    for path, said in (
        (large, "200 MB"),
        (tmp_path / "none.yaml", "找不到文件"),
        (tmp_path, "不是一个普通文件"),
    ):
        with pytest.raises(InputError, match=said):
            load_figures(path)


@given(text=st.text(st.characters(), max_size=200) | st.text("-:[]{}&*!|>'\"%@` \n#,?甲1", max_size=60))
@settings(max_examples=examples(150), deadline=None)
def test_any_text_gives_facts_or_an_input_error(text):
    for name in ("figures.yaml", "figures.json"):
        with pytest.raises(InputError):
            parse_figures(text, name)


@given(data=st.binary(max_size=80), at=st.integers(0, 2_000), cut=st.integers(0, 30))
@settings(max_examples=examples(150), deadline=None)
def test_a_figures_file_with_damaged_bytes_gives_facts_or_an_input_error(data, at, cut):
    good = sheet(
        "    funds:\n      total: {initial: 9.10}\n    indicators:\n      - {name: 甲, target: 5户}\n"
    ).encode()
    at %= len(good)
    damaged = good[:at] + data + good[at + cut :]
    for name in ("figures.yaml", "figures.json"):
        try:
            figures_from_bytes(damaged, name)
        except InputError as error:
            assert str(error)
