"""The only writer of the register of dwellings: one function per act, in one transaction with its line in the log."""

from guangsha.areas.stock.actions.states import DwellingMoved, move, read_meter

__all__ = ["DwellingMoved", "move", "read_meter"]
