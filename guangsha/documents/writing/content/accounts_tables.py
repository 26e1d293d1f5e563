"""The nine tables of the final accounts (公开01–09) as blocks of a document, from their one layout."""

from __future__ import annotations

from guangsha.documents.writing.content.draft import Draft
from guangsha.documents.writing.tree import Cell, Section, Table
from guangsha.facts.accounts_layout import LayoutCell, TableLayout, accounts_layout, printed_amount

#: Tables with more rows than this are printed in the smaller size, as the published forms are.
DENSE_ROWS = 26


def accounts_sections(draft: Draft) -> list[Section]:
    """One section for each table, in the order in which the place numbers them."""
    sections = []
    for name in draft.profile.document.accounts_numbers:
        layout = accounts_layout(name, draft.report, draft.profile.document.accounts_numbers, body=draft.body)
        sections.append(Section([accounts_table(draft, layout)], landscape=layout.landscape))
    return sections


def accounts_table(draft: Draft, layout: TableLayout) -> Table:
    """One laid-out table with its figures; a blank cell stays blank."""
    empty = (layout.empty_note.rstrip("。") + "。",) if layout.empty_note else ()
    return Table(
        title=f"{draft.year}年度{layout.title}",
        widths=layout.widths,
        rows=[[_cell(draft, layout.name, cell) for cell in row] for row in layout.rows],
        header_rows=layout.header_rows,
        number=layout.number,
        note_left=f"{draft.body}：{draft.unit}",
        note_right="单位：万元",
        notes=(*layout.notes, *empty),
        dense=len(layout.rows) > DENSE_ROWS or len(layout.widths) > 9,
        id=f"accounts-{layout.name.replace('_', '-')}",
    )


def _cell(draft: Draft, table: str, cell: LayoutCell) -> Cell:
    if not cell.is_figure:
        return Cell(cell.text, cell.cols, cell.rows, cell.align, cell.header)
    fact = draft.accounts.printed(table, cell.fact_row, cell.fact_column)
    return draft.cell(printed_amount(fact), fact, cols=cell.cols, rows=cell.rows, align="right")
