"""Who names the sealed photographs: one that no row names was left behind by a process that died."""

from __future__ import annotations

from guangsha.areas.fieldwork.actions.photos import CONTEXT
from guangsha.areas.fieldwork.models import FieldPhoto
from guangsha.privacy.files import held_by
from guangsha.privacy.retention import named_in

held_by(CONTEXT, named_in(FieldPhoto, "stored"))
