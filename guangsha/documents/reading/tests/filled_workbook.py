"""A filled workbook for tests to spoil: cells are found by what stands beside and above them, as a person does."""

from __future__ import annotations

import io
from functools import lru_cache

import openpyxl

from guangsha.documents.reading.figures import parse_figures
from guangsha.documents.writing.workbook import write_workbook
from guangsha.scoring.profile import load_profile

FIGURES = """
format: guangsha.figures/1
unit: 江城市住房保障服务中心
year: 2023
profile: yueyang
about: {department: 江城市住房和城乡建设局, report_date: 2024-06-25}
staff: {established: 75, employed: 73}
sheets:
  - id: overall
    kind: overall
    name: 整体支出
    funds: {total: {initial: 1380.68, full_year: 3216.47, executed: 3197.46}}
    indicators:
      - {level1: 产出指标, level2: 数量指标, name: 公租房配租, target: 496户, actual: 496户, weight: 50}
      - {level1: 效益指标, level2: 社会效益指标, name: 居住改善, target: 有效改善, actual: 有效改善, weight: 40, achievement: achieved}
    published: {rate: 99.41}
  - id: repair
    kind: project
    name: 公租房维修
    funds: {total: {initial: 22, full_year: 22, executed: 20.13}}
base_table:
  three_public: {prior: 6, budget: 6, executed: 4.13}
  programmes: [{key: repair, name: 公租房维修, budget: 22, executed: 20.13}]
detail: {economic: {"301": 213.39}}
"""


@lru_cache(maxsize=1)
def facts():
    return parse_figures(FIGURES)


@lru_cache(maxsize=1)
def good():
    """The bytes of the filled workbook."""
    return write_workbook(load_profile("yueyang", 2023), facts=facts())


@lru_cache(maxsize=1)
def _saved_elsewhere():
    """As another spreadsheet program saves it, without the spare project sheets, which only cost time."""
    book = openpyxl.load_workbook(io.BytesIO(good()))
    for number in (3, 4, 5):
        del book[f"项目自评表{number}"]
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


class Filled:
    """The workbook opened for editing; ``bytes()`` saves it as a spreadsheet program would."""

    def __init__(self, data: bytes | None = None) -> None:
        self.book = openpyxl.load_workbook(io.BytesIO(data or _saved_elsewhere()))

    def sheet(self, name):
        return self.book[name]

    def find(self, sheet, mark, head="填报内容", row=0):
        """The cell in the ``row``-th row with ``mark`` in column A, under the column head ``head``."""
        cells = self.book[sheet]
        block = mark.partition(":")[0]
        top = next(cell.row for cell in cells["A"] if cell.value == f"{block}#")
        col = next(cell.column for cell in cells[top] if cell.value == head)
        marked = [cell.row for cell in cells["A"] if cell.value == mark]
        return cells.cell(marked[row], col)

    def put(self, sheet, mark, value, head="填报内容", row=0, number_format=None):
        cell = self.find(sheet, mark, head, row)
        cell.value = value
        if number_format:
            cell.number_format = number_format
        return cell.coordinate

    def bytes(self) -> bytes:
        buffer = io.BytesIO()
        self.book.save(buffer)
        return buffer.getvalue()
