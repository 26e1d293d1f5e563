"""The only writer of the register of dwellings: one function per act, in one transaction with its line in the log."""

from guangsha.areas.stock.actions.base import NotAllowed, StockMoved
from guangsha.areas.stock.actions.register import (
    add_building,
    add_dwelling,
    add_estate,
    alter_dwelling,
    alter_estate,
)
from guangsha.areas.stock.actions.states import DwellingMoved, move, read_meter
from guangsha.areas.stock.actions.stations import (
    ask_out,
    decide_out,
    make_building_ready,
    make_ready,
    send_to_repair,
)

__all__ = [
    "DwellingMoved",
    "NotAllowed",
    "StockMoved",
    "add_building",
    "add_dwelling",
    "add_estate",
    "alter_dwelling",
    "alter_estate",
    "ask_out",
    "decide_out",
    "make_building_ready",
    "make_ready",
    "move",
    "read_meter",
    "send_to_repair",
]
