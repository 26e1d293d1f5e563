"""The nine statutory tables of final accounts, printed from an invented agency's books.

A table's words and shape differ by place (:class:`Style`); what adds up in it is noted on the paper by the function that
prints it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from guangsha.testing.wild.books import CLASSES, Books, Item, numeral
from guangsha.testing.wild.paper import ABOVE, LEFT, Figure, Paper

Cell = Figure | str
#: A column of a table by code: name of its quantity (``{}`` for the code), and its amount of one item.
Column = tuple[str, Callable[[Item], int]]


@dataclass(frozen=True)
class Style:
    """How a place prints its tables.

    Args:
        titles: names of the nine tables in their order, without the year.
        number: how a table is numbered, with the number as ``{n}``; empty: not at all.
        year_in_title: whether the titles say the year.
        unit: 万元 or 元.
        lines: whether the two-sided tables have a column of line numbers.
        levels: lengths of the codes printed: (3, 5, 7) or (7,).
    """

    titles: Sequence[str]
    number: str = "公开{n:02d}表"
    year_in_title: bool = False
    unit: str = "万元"
    lines: bool = True
    levels: tuple[int, ...] = (3, 5, 7)
    all_classes: bool = True
    total_word: str = "合计"
    codes: str = "功能分类科目编码"


@dataclass
class Tables:
    """Prints the tables of ``books`` on ``paper``."""

    paper: Paper
    books: Books
    style: Style
    _columns: dict[str, list[Cell]] = field(default_factory=dict)

    def amount(self, fen: int) -> Fraction:
        """An amount of the books in the unit of the tables."""
        return Fraction(fen, 1_000_000 if self.style.unit == "万元" else 100)

    def cell(self, fen: int, same: str = "") -> Cell:
        return self.paper.cell(self.amount(fen), same)

    def money(self, fen: int, same: str = "") -> Figure:
        return self.paper.money(self.amount(fen), same)

    def open(self, number: int) -> None:
        """Title, number and unit of a table."""
        style = self.style
        title = style.titles[number - 1]
        self.paper.title(f"{self.books.year}年度{title}" if style.year_in_title else title)
        if style.number:
            self.paper.line(style.number.format(n=number))
        self.paper.line(f"部门：{self.books.unit}　　　　金额单位：{style.unit}")

    # --- two-sided tables --------------------------------------------------------------------------------------

    def overview(self) -> None:
        """Table 1: income and expenditure."""
        self.open(1)
        b, p = self.books, self.paper
        income: list[tuple[str, Cell]] = [
            ("一、一般公共预算财政拨款收入", self.cell(b.general_income, "inc/general")),
            ("二、政府性基金预算财政拨款收入", self.cell(b.fund_income, "inc/fund")),
            ("三、国有资本经营预算财政拨款收入", self.cell(0)),
            ("四、上级补助收入", self.cell(0)),
            ("五、事业收入", self.cell(b.own_income if b.own_name == "事业收入" else 0, "inc/own")),
            ("六、经营收入", self.cell(0)),
            ("七、附属单位上缴收入", self.cell(0)),
            ("八、其他收入", self.cell(b.own_income if b.own_name == "其他收入" else 0, "inc/own")),
        ]
        spent = self._classes(
            {c: self._class(c, lambda i: i.fiscal + i.own) for c in b.classes}, "exp/{}/total"
        )
        year_in, year_out = self.cell(b.income, "inc/all"), self.cell(b.spent, "exp/all/total")
        p.sum(year_in, [cell for _, cell in income], "收入各项之和")
        p.sum(year_out, [cell for _, cell in spent], "各类支出之和")
        opening, left = self.cell(b.opening, "carry/in"), self.cell(b.left, "carry/out")
        total_in, total_out = self.cell(b.total, "all"), self.cell(b.total, "all")
        p.sum(total_in, [year_in, opening], "收入总计")
        p.sum(total_out, [year_out, left], "支出总计")
        foot_in = [
            ("本年收入合计", year_in),
            ("使用非财政拨款结余（含专用结余）", self.cell(0)),
            ("年初结转和结余", opening),
            ("总计", total_in),
        ]
        foot_out = [
            ("本年支出合计", year_out),
            ("结余分配", self.cell(0)),
            ("年末结转和结余", left),
            ("总计", total_out),
        ]
        self._two_sides(income, spent, foot_in, foot_out)

    def _class(self, code: str, amount: Callable[[Item], int]) -> int:
        return sum(amount(item) for item in self.books.items if item.code.startswith(code))

    def _classes(self, amounts: dict[str, int], same: str) -> list[tuple[str, Cell]]:
        codes = CLASSES if self.style.all_classes else {c: CLASSES[c] for c in amounts}
        return [
            (f"{numeral(n)}、{name}", self.cell(amounts.get(code, 0), same.format(code)))
            for n, (code, name) in enumerate(codes.items(), 1)
        ]

    def _two_sides(
        self,
        left: Sequence[tuple[str, Cell]],
        right: Sequence[tuple[str, Cell]],
        foot_left: Sequence[tuple[str, Cell]],
        foot_right: Sequence[tuple[str, Cell]],
    ) -> None:
        body = max(len(left), len(right))
        blank: tuple[str, Cell] = ("", "")
        one = [*left, *[blank] * (body - len(left)), *foot_left]
        two = [*right, *[blank] * (body - len(right)), *foot_right]
        if self.style.lines:
            rows: list[list[object]] = [
                ["收入", LEFT, LEFT, "支出", LEFT, LEFT],
                ["项目", "行次", "决算数", "项目", "行次", "决算数"],
                ["栏次", "", "1", "栏次", "", "2"],
            ]
            rows += [
                [a[0], n, a[1], b[0], len(one) + n, b[1]]
                for n, (a, b) in enumerate(zip(one, two, strict=True), 1)
            ]
        else:
            rows = [["收入", LEFT, "支出", LEFT], ["项目", "决算数", "项目", "决算数"]]
            rows += [[*a, *b] for a, b in zip(one, two, strict=True)]
        self.paper.grid(rows)

    def fiscal_overview(self) -> None:
        """Table 4: income from the treasury and what was spent of it, by kind of budget."""
        self.open(4)
        b, p = self.books, self.paper
        income = [
            ("一、一般公共预算财政拨款", self.cell(b.general_income, "inc/general")),
            ("二、政府性基金预算财政拨款", self.cell(b.fund_income, "inc/fund")),
            ("三、国有资本经营预算财政拨款", self.cell(0)),
        ]
        rows: list[tuple[str, Cell, Cell, Cell, Cell]] = []
        codes = CLASSES if self.style.all_classes else {c: CLASSES[c] for c in b.classes}
        for n, (code, name) in enumerate(codes.items(), 1):
            general = sum(i.fiscal for i in b.general if i.code.startswith(code))
            fund = sum(i.fiscal for i in b.funds if i.code.startswith(code))
            row = (
                self.cell(general + fund),
                self.cell(general, f"gen/{code}/total"),
                self.cell(fund),
                self.cell(0),
            )
            p.sum(row[0], row[1:], f"{name}各预算之和")
            rows.append((f"{numeral(n)}、{name}", *row))

        def foot(
            name: str, general: int, fund: int, sames: tuple[str, str]
        ) -> tuple[str, Cell, Cell, Cell, Cell]:
            cells = (
                self.cell(general + fund, sames[0]),
                self.cell(general, sames[1]),
                self.cell(fund),
                self.cell(0),
            )
            p.sum(cells[0], cells[1:], f"{name}各预算之和")
            return (name, *cells)

        year = foot("本年支出合计", b.general_spent, b.fund_income, ("fis/spent", "gen/all/total"))
        for column in range(1, 5):
            p.sum(year[column], [row[column] for row in rows], "各类支出之和")
        kept = foot("年末财政拨款结转和结余", b.closing, 0, ("fis/out", "gen/out"))
        total = foot("总计", b.general_spent + b.closing, b.fund_income, ("fis/all", "gen/sum"))
        for column in range(1, 5):
            p.sum(total[column], [year[column], kept[column]], "总计")
        year_in, opening = self.cell(b.fiscal_income, "inc/fiscal"), self.cell(b.opening, "fis/in")
        p.sum(year_in, [cell for _, cell in income], "财政拨款收入合计")
        own, total_in = self.cell(b.opening, "fis/in"), self.cell(b.fiscal_income + b.opening, "fis/all")
        p.sum(total_in, [year_in, opening], "财政拨款总计")
        foot_in = [
            ("本年收入合计", year_in), ("年初财政拨款结转和结余", opening), ("一、一般公共预算财政拨款", own),
            ("二、政府性基金预算财政拨款", self.cell(0)), ("三、国有资本经营预算财政拨款", self.cell(0)), ("总计", total_in),
        ]  # fmt: skip
        empty: tuple[str, Cell, Cell, Cell, Cell] = ("", "", "", "", "")
        self._four_sides(income, rows, foot_in, [year, kept, empty, empty, empty, total])

    def _four_sides(
        self,
        income: Sequence[tuple[str, Cell]],
        rows: Sequence[tuple[Cell, ...]],
        foot_in: Sequence[tuple[str, Cell]],
        foot: Sequence[tuple[Cell, ...]],
    ) -> None:
        body = max(len(income), len(rows))
        one = [*income, *[("", "")] * (body - len(income)), *foot_in]
        two = [*rows, *[("",) * 5] * (body - len(rows)), *foot]
        kinds = ["一般公共预算财政拨款", "政府性基金预算财政拨款", "国有资本经营预算财政拨款"]
        if self.style.lines:
            grid: list[list[object]] = [
                ["收入", LEFT, LEFT, "支出", LEFT, LEFT, LEFT, LEFT, LEFT],
                ["项目", "行次", "金额", "项目", "行次", "合计", *kinds],
                ["栏次", "", "1", "栏次", "", "2", "3", "4", "5"],
            ]
            grid += [
                [a[0], n, a[1], c[0], len(one) + n, *c[1:]]
                for n, (a, c) in enumerate(zip(one, two, strict=True), 1)
            ]
        else:
            grid = [
                ["收入", LEFT, "支出", LEFT, LEFT, LEFT, LEFT],
                ["项目", "决算数", "项目", "小计", *kinds],
            ]
            grid += [[*a, *c] for a, c in zip(one, two, strict=True)]
        self.paper.grid(grid)

    # --- tables by code ----------------------------------------------------------------------------------------

    def _by_code(
        self,
        head: Sequence[Sequence[object]],
        items: Iterable[Item],
        columns: Sequence[Column],
        empty: int = 0,
    ) -> None:
        """Rows by code below ``head``; ``columns``: name of the quantity (``{}`` for the code) and amount of an item.

        The first column is the sum of the others; ``empty`` columns follow that nothing is printed in.
        """
        items, p = sorted(items, key=lambda item: item.code), self.paper
        codes = sorted({item.code[:length] for item in items for length in self.style.levels})
        cells: dict[str, list[Cell]] = {}
        for code in ["all", *codes]:
            own = [i for i in items if code == "all" or i.code.startswith(code)]
            cells[code] = [
                self.cell(sum(amount(i) for i in own), same.format(code)) for same, amount in columns
            ]
            p.sum(cells[code][0], cells[code][1:], "各栏之和")
        for column in range(len(columns)):
            for code in ["all", *codes]:
                length = 0 if code == "all" else len(code)
                below = [n for n in self.style.levels if n > length]
                if below:
                    prefix = "" if code == "all" else code
                    parts = [cells[c][column] for c in codes if len(c) == below[0] and c.startswith(prefix)]
                    p.sum(cells[code][column], parts, "下级科目之和")
        rows = [list(row) for row in head]
        rows.append([self.style.total_word, LEFT, *cells["all"], *[""] * empty])
        rows += [[code, self._name(code), *cells[code], *[""] * empty] for code in codes]
        self.paper.grid(rows)

    def _name(self, code: str) -> str:
        if len(code) == 3:
            return CLASSES[code]
        return next((i.name for i in self.books.items if i.code == code), self.books.groups.get(code, ""))

    def revenue(self) -> None:
        """Table 2: income by item."""
        self.open(2)
        b = self.books
        top = max(b.items, key=lambda i: i.fiscal if not i.fund else 0).code
        own_top = max(b.items, key=lambda i: i.own).code

        def fiscal(item: Item) -> int:
            return item.fiscal + (b.closing - b.opening if item.code == top else 0)

        def own(item: Item) -> int:
            return item.own + (b.own_unspent if item.code == own_top else 0)

        business = b.own_name == "事业收入"
        head = [
            ["项目", LEFT, "本年收入合计", "财政拨款收入", "上级补助收入", "事业收入", "经营收入", "附属单位上缴收入", "其他收入"],
            [self.style.codes, "科目名称", ABOVE, ABOVE, ABOVE, ABOVE, ABOVE, ABOVE, ABOVE],
        ]  # fmt: skip
        none: Column = ("", lambda item: 0)
        columns: list[Column] = [
            ("inc/{}", lambda item: fiscal(item) + own(item)), ("inc-fiscal/{}", fiscal), none,
            ("inc-own/{}", own) if business else none, none, none, none if business else ("inc-own/{}", own),
        ]  # fmt: skip
        self._by_code(head, b.items, columns)

    def expenditure(self) -> None:
        """Table 3: expenditure by item."""
        self.open(3)
        head = [
            [
                "项目",
                LEFT,
                "本年支出合计",
                "基本支出",
                "项目支出",
                "上缴上级支出",
                "经营支出",
                "对附属单位补助支出",
            ],
            [self.style.codes, "科目名称", ABOVE, ABOVE, ABOVE, ABOVE, ABOVE, ABOVE],
        ]
        columns: list[Column] = [
            ("exp/{}/total", lambda i: i.fiscal + i.own), ("exp/{}/basic", lambda i: i.basic + i.own_basic),
            ("exp/{}/project", lambda i: i.project + i.own_project),
        ]  # fmt: skip
        self._by_code(head, self.books.items, columns, 3)

    def general(self) -> None:
        """Table 5: expenditure of the general public budget."""
        self.open(5)
        head = [
            ["项目", LEFT, "本年支出", LEFT, LEFT],
            [self.style.codes, "科目名称", "小计", "基本支出", "项目支出"],
        ]
        columns: list[Column] = [
            ("gen/{}/total", lambda i: i.fiscal), ("gen/{}/basic", lambda i: i.basic),
            ("gen/{}/project", lambda i: i.project),
        ]  # fmt: skip
        self._by_code(head, self.books.general, columns)

    def funds(self) -> None:
        """Table 7: government funds."""
        self.open(7)
        head = [
            ["项目", LEFT, "年初结转和结余", "本年收入", "本年支出", LEFT, LEFT, "年末结转和结余"],
            [self.style.codes, "科目名称", ABOVE, ABOVE, "小计", "基本支出", "项目支出", ABOVE],
        ]
        items = sorted(self.books.funds, key=lambda item: item.code)
        if not items:
            self.paper.grid([*head, [self.style.total_word, LEFT, "", "", "", "", "", ""]])
            self.paper.line(
                "说明：本部门没有政府性基金预算财政拨款收入，也没有使用政府性基金预算财政拨款安排的支出，故本表为空。"
            )
            return
        p = self.paper
        codes = sorted({item.code[:length] for item in items for length in self.style.levels})
        cells: dict[str, list[Cell]] = {}
        for code in ["all", *codes]:
            total = sum(i.fiscal for i in items if code == "all" or i.code.startswith(code))
            row = [self.cell(total, f"fund/{code}") for _ in range(3)]
            p.sum(row[1], [row[2]], "项目支出即支出")
            p.sum(row[0], [row[1]], "收支相等")
            cells[code] = row
        tops = [code for code in codes if len(code) == self.style.levels[0]]
        for column in range(3):
            p.sum(cells["all"][column], [cells[code][column] for code in tops], "各科目之和")
        rows: list[list[object]] = [list(row) for row in head]
        for code in ["all", *codes]:
            income, spent, project = cells[code]
            name: list[object] = [self.style.total_word, LEFT] if code == "all" else [code, self._name(code)]
            rows.append([*name, self.cell(0), income, spent, self.cell(0), project, self.cell(0)])
        p.grid(rows)

    def state_capital(self) -> None:
        """Table 8: the state capital budget, of which these agencies have none."""
        self.open(8)
        self.paper.grid(
            [
                ["项目", LEFT, "本年支出", LEFT, LEFT],
                [self.style.codes, "科目名称", "合计", "基本支出", "项目支出"],
                [self.style.total_word, LEFT, "", "", ""],
            ]
        )
        self.paper.line("说明：本部门没有使用国有资本经营预算财政拨款安排的支出，故本表为空。")

    # --- basic expenditure and the three public expenses -------------------------------------------------------

    def basic_detail(self) -> None:
        """Table 6: basic expenditure by economic class, staff at the left, office expenses at the right."""
        self.open(6)
        p, b = self.paper, self.books
        staff, staff_total = self._economic(b.staff, "人员经费合计", "eco/staff")
        office, office_total = self._economic(b.office, "公用经费合计", "eco/office")
        if isinstance(staff_total[-1], Figure) and isinstance(office_total[-1], Figure):
            basic = p._same.get("gen/all/basic", [])
            for figure in basic[:1]:
                p.sum(figure, [staff_total[-1], office_total[-1]], "人员经费与公用经费之和")
        body = max(len(staff), len(office))
        blank: tuple[str, str, Cell] = ("", "", "")
        one = [*staff, *[blank] * (body - len(staff))]
        two = [*office, *[blank] * (body - len(office))]
        rows: list[list[object]] = [
            ["人员经费", LEFT, LEFT, "公用经费", LEFT, LEFT],
            ["经济分类科目编码", "科目名称", "决算数", "经济分类科目编码", "科目名称", "决算数"],
        ]
        rows += [[*a, *c] for a, c in zip(one, two, strict=True)]
        rows.append(["人员经费合计", LEFT, staff_total[-1], "公用经费合计", LEFT, office_total[-1]])
        p.grid(rows)

    def _economic(
        self, items: Sequence[tuple[str, str, int]], total: str, same: str
    ) -> tuple[list[tuple[str, str, Cell]], list[Cell]]:
        names = {
            "301": "工资福利支出",
            "302": "商品和服务支出",
            "303": "对个人和家庭的补助",
            "310": "资本性支出",
        }
        rows: list[tuple[str, str, Cell]] = []
        heads: list[Cell] = []
        for group in sorted({code[:3] for code, _, _ in items}):
            own = [(code, name, fen) for code, name, fen in items if code.startswith(group)]
            head = self.cell(sum(fen for _, _, fen in own), f"eco/{group}")
            cells = [(code, name, self.cell(fen, f"eco/{code}")) for code, name, fen in own]
            self.paper.sum(head, [cell for _, _, cell in cells], f"{names[group]}各款之和")
            rows += [(group, names[group], head), *cells]
            heads.append(head)
        whole = self.cell(sum(fen for _, _, fen in items), same)
        self.paper.sum(whole, heads, total)
        return rows, [*heads, whole]

    def three_public(self) -> None:
        """Table 9: the three public expenses, budget at the left, final at the right."""
        self.open(9)
        cells = [
            *self._three(self.books.three_public.budget, "tpb"),
            *self._three(self.books.three_public.final, "tpf"),
        ]
        head = ["合计", "因公出国（境）费", "公务用车购置及运行维护费", LEFT, LEFT, "公务接待费"]
        second = [ABOVE, ABOVE, "小计", "公务用车购置费", "公务用车运行维护费", ABOVE]
        self.paper.grid(
            [
                ["预算数", *[LEFT] * 5, "决算数", *[LEFT] * 5], [*head, *head], [*second, *second],
                list(range(1, 13)), cells,
            ]
        )  # fmt: skip

    def _three(self, amounts: tuple[int, int, int, int], same: str) -> list[Cell]:
        abroad, bought, run, guests = amounts
        cells = [
            self.cell(fen, f"{same}/{name}")
            for name, fen in (
                ("all", sum(amounts)), ("abroad", abroad), ("cars", bought + run), ("bought", bought), ("run", run),
                ("guests", guests),
            )
        ]  # fmt: skip
        self.paper.sum(cells[0], [cells[1], cells[2], cells[5]], "三公经费合计")
        self.paper.sum(cells[2], cells[3:5], "公务用车费小计")
        return cells

    def all(self) -> None:
        """The nine tables in their order."""
        self.overview()
        self.revenue()
        self.expenditure()
        self.fiscal_overview()
        self.general()
        self.basic_detail()
        self.funds()
        self.state_capital()
        self.three_public()
