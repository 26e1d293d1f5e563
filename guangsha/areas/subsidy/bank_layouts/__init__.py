"""The layouts that bank files may have, by name. A bank with another one: a class with the methods of
``bank_files.Layout`` and :func:`register` in the ``ready`` of the app that brings it. ``GUANGSHA_BANK_LAYOUT`` names the one in use.
"""

from __future__ import annotations

from guangsha.areas.subsidy.bank_files import BankFileRefused, Layout
from guangsha.areas.subsidy.bank_layouts.delimited import Delimited
from guangsha.areas.subsidy.bank_layouts.fixed_width import FixedWidth

DEFAULT = "delimited"
_LAYOUTS: dict[str, Layout] = {}


def register(layout: Layout) -> Layout:
    """Make a layout known under its name.

    Raises:
        ValueError: the name belongs to another one.
    """
    standing = _LAYOUTS.setdefault(layout.name, layout)
    if type(standing) is not type(layout):
        raise ValueError(f"two layouts are called {layout.name}")
    return standing


def layout_of(name: str) -> Layout:
    """The layout called ``name``.

    Raises:
        BankFileRefused: there is none.
    """
    try:
        return _LAYOUTS[name]
    except KeyError as error:
        raise BankFileRefused(
            "layout", f"没有叫作 {name[:40]} 的银行文件格式", advice=f"可用：{'、'.join(sorted(_LAYOUTS))}。"
        ) from error


def layouts() -> dict[str, str]:
    """Every layout: name → title."""
    return {name: layout.title for name, layout in sorted(_LAYOUTS.items())}


register(Delimited())
register(FixedWidth("fixed-gbk", "定长 GBK", "gbk"))
register(FixedWidth("fixed-gb18030", "定长 GB 18030", "gb18030"))
