"""How much input we take: every bound that protects the machine from a damaged or hostile file, with its reason."""

from __future__ import annotations

_MEGA = 1024 * 1024

#: A unit's year as YAML or JSON is below 0.2 MB; an evaluated package's facts.json below 2 MB.
FIGURES_BYTES_MAX = 8 * _MEGA
#: Keys, values and containers together; the largest real year has under 20,000, facts.json under 80,000.
NODES_MAX = 200_000
#: The format nests 8 deep; deeper input is an attack on the reader's stack.
DEPTH_MAX = 16
#: One text; a cell of a spreadsheet holds 32,767 characters, a paragraph of a report far fewer.
TEXT_CHARS_MAX = 20_000
#: Faults shown at once: more help nobody, and each one costs memory.
ERRORS_MAX = 100
#: Digits of one figure; the whole country's GDP in 万元 to the fen has 17.
DIGITS_MAX = 24
#: Amounts in 万元 (1,000,000 亿元): more is a unit mistake.
WAN_YUAN_MAX = 10**10

#: A filled workbook has 0.1 MB; with photographs pasted in, a few.
WORKBOOK_BYTES_MAX = 20 * _MEGA
#: Parts in the package; ours has under 100.
PARTS_MAX = 1_000
#: XML of the package when unpacked; ours has under 3 MB. Parsing 30 MB takes some seconds and 300 MB of memory.
XML_BYTES_MAX = 30 * _MEGA
#: Everything in the package when unpacked, as it declares itself (pictures are never unpacked).
PACKAGE_BYTES_MAX = 200 * _MEGA
#: Unpacked over packed, for parts above ``RATIO_FROM_BYTES``. Empty form tables reach about 30.
RATIO_MAX = 150
RATIO_FROM_BYTES = 2 * _MEGA
#: Sheets of one workbook, rows and columns looked at in each.
SHEETS_MAX = 100
ROWS_MAX = 3_000
COLUMNS_MAX = 40
#: Files looked at when INPUT is a folder.
FOLDER_ENTRIES_MAX = 1_000

#: A published report as text has 0.1 MB; a web page with pictures inside it a few.
TEXT_BYTES_MAX = 20 * _MEGA
#: A report as docx or pdf has under 5 MB; scanned pages may take 100.
DOCUMENT_BYTES_MAX = 200 * _MEGA
#: Lines of one text, paragraphs of one document; the longest real report has 5,000.
LINES_MAX = 100_000
#: Cells of all tables of one document; the longest real report has 12,000.
CELLS_MAX = 300_000
#: A disclosure of 60 pages has 45,000 characters; understanding keeps about 500 bytes for each of a text of figures.
UNDERSTOOD_CHARS_MAX = 800_000
