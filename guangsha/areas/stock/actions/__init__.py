"""The only writer of the register of dwellings: one function per act, in one transaction with its line in the log."""

from guangsha.areas.stock.actions.base import (
    NotAllowed,
    StockMoved,
)
from guangsha.areas.stock.actions.census import (
    close_round,
    confirm_check,
    open_photo,
    open_round,
    record_check,
)
from guangsha.areas.stock.actions.effects import (
    take_effects,
)
from guangsha.areas.stock.actions.on_site import (
    change_meter,
    move_keys,
    note_reading,
)
from guangsha.areas.stock.actions.pictures import (
    add_picture,
    open_picture,
    remove_picture,
)
from guangsha.areas.stock.actions.register import (
    add_building,
    add_dwelling,
    add_estate,
    alter_dwelling,
    alter_estate,
)
from guangsha.areas.stock.actions.states import (
    DwellingMoved,
    move,
    prepare_move,
    read_meter,
)
from guangsha.areas.stock.actions.stations import (
    ask_out,
    decide_out,
    make_building_ready,
    make_ready,
    send_to_repair,
)
from guangsha.areas.stock.actions.supply import (
    add_supply_item,
    add_supply_plan,
    approve_supply_plan,
    progress_item,
)
from guangsha.areas.stock.actions.surveys import (
    apply_survey,
    drop_survey,
    take_survey,
)
from guangsha.areas.stock.actions.viewings import (
    PEOPLE_MAX,
    add_slot,
    book,
    book_at_window,
    cancel,
    close_slot,
    note_viewing,
)

__all__ = [
    "PEOPLE_MAX",
    "DwellingMoved",
    "NotAllowed",
    "StockMoved",
    "add_building",
    "add_dwelling",
    "add_estate",
    "add_picture",
    "add_slot",
    "add_supply_item",
    "add_supply_plan",
    "alter_dwelling",
    "alter_estate",
    "apply_survey",
    "approve_supply_plan",
    "ask_out",
    "book",
    "book_at_window",
    "cancel",
    "change_meter",
    "close_round",
    "close_slot",
    "confirm_check",
    "decide_out",
    "drop_survey",
    "make_building_ready",
    "make_ready",
    "move",
    "move_keys",
    "note_reading",
    "note_viewing",
    "open_photo",
    "open_picture",
    "open_round",
    "prepare_move",
    "progress_item",
    "read_meter",
    "record_check",
    "remove_picture",
    "send_to_repair",
    "take_effects",
    "take_survey",
]
