"""Model fields that seal what they store.

    identity = SealedTextField()
    identity_index = BlindIndexField(of="identity", kind="identity")

Reading the attribute gives the plain value; only code that has gone through an ``access_*`` function holds the object.
Pages show masks (``privacy.masks``); the plain value reaches a page through ``privacy.actions.reveal`` only.
A sealed column cannot be searched: filter on the index (``identity_index=index_of("identity", "4306…")``).

The index follows its value in ``save``, ``create``, ``bulk_create``, ``get_or_create`` and ``update_or_create``. Whatever would
leave it behind is refused with a sentence: ``update(identity=…)``, ``bulk_update``, ``save(update_fields=["identity"])``
without the index, fixtures. A sealed column without an index may be updated in bulk.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import signals

from guangsha.kernel.numbers import normalise
from guangsha.privacy.keys import KeyRing, current_ring
from guangsha.privacy.sealing import blind_index, seal, unseal


def canonical(value: str, kind: str = "") -> str:
    """How a number is written before it is indexed: half-width, upper case, no spaces or hyphens.

    A phone loses the country's +86, so that one phone has one index.
    """
    text = "".join(normalise(value).split()).replace("-", "").upper()
    return re.sub(r"^(?:\+?86|0086)(?=1\d{10}$)", "", text) if kind == "phone" else text


def index_of(kind: str, value: str, ring: KeyRing | None = None) -> str:
    """The blind index of ``value``; empty for an empty value, which matches nothing."""
    text = canonical(value, kind)
    return blind_index(text, kind=kind, ring=ring or current_ring()) if text else ""


@dataclass(frozen=True, slots=True)
class Passed:
    """A value on its way to the database together with its index: through ``pre_save``, or from the reindex job."""

    value: Any


class SealedTextField(models.TextField[str, str]):
    """Text that is stored sealed. Lookups other than ``isnull`` are refused: use the blind index."""

    def _context(self) -> str:
        return f"{self.model._meta.label_lower}.{self.attname}"

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
        if not value:
            return value
        return self.opened(unseal(value, context=self._context(), ring=current_ring()))

    @cached_property
    def indexed(self) -> bool:
        """Whether another column of the model is its blind index."""
        return any(
            isinstance(f, BlindIndexField) and f.of == self.name for f in self.model._meta.concrete_fields
        )

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)
        return Passed(value) if self.indexed else value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, Passed):
            value = value.value
        elif self.indexed:
            raise TypeError(
                f"{self._context()} has a blind index: save the object instead of updating the column"
            )
        if value is None or hasattr(value, "resolve_expression"):
            return value
        text = self.closed(value)
        return seal(text, context=self._context(), ring=current_ring()) if text else ""

    def opened(self, text: str) -> Any:
        return text

    def closed(self, value: Any) -> str:
        return str(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise TypeError(f"{self.name} is sealed: filter on its blind index")
        return super().get_lookup(lookup_name)


class SealedJSONField(SealedTextField):
    """A JSON value that is stored sealed; anything empty is stored as nothing and read as ``{}``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", dict)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if kwargs.get("default") is dict:
            del kwargs["default"]
        return name, path, args, kwargs

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
        return {} if not value else super().from_db_value(value, expression, connection)

    def opened(self, text: str) -> Any:
        return json.loads(text)

    def closed(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True) if value else ""

    def to_python(self, value: Any) -> Any:
        return value


class BlindIndexField(models.CharField[str, str]):
    """The keyed index of another field of the same row, kept current on every save; ``kind`` names the value space."""

    def __init__(self, *args: Any, of: str = "", kind: str = "", **kwargs: Any) -> None:
        self.of, self.kind = of, kind
        kwargs.update(
            {"max_length": 64, "editable": False, "blank": True, "db_index": kwargs.get("db_index", True)}
        )
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for implied in ("max_length", "editable", "blank"):
            kwargs.pop(implied, None)
        return name, path, args, {**kwargs, "of": self.of, "kind": self.kind}

    def contribute_to_class(self, cls: Any, name: str, *args: Any, **kwargs: Any) -> None:
        super().contribute_to_class(cls, name, *args, **kwargs)
        if not cls._meta.abstract:
            signals.pre_save.connect(_refuse_half_a_save, sender=cls)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = index_of(self.kind, getattr(model_instance, self.of) or "")
        setattr(model_instance, self.attname, value)
        return Passed(value)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if not isinstance(value, Passed):
            raise TypeError(
                f"{self.model._meta.label_lower}.{self.attname} is computed: save the object instead"
            )
        return super().get_db_prep_save(value.value, connection)


def _refuse_half_a_save(sender: Any, update_fields: frozenset[str] | None = None, **_: Any) -> None:
    """``save(update_fields=["identity"])`` would leave the index of the old number beside the new one."""
    if update_fields is None:
        return
    for column in sender._meta.concrete_fields:
        if (
            isinstance(column, BlindIndexField)
            and column.of in update_fields
            and column.name not in update_fields
        ):
            raise TypeError(
                f'{sender._meta.label_lower}: update_fields names "{column.of}" without "{column.name}"'
            )
