"""Rows that are written once: the log, the books, the reports. The program changes and removes none of them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class Kept(TypeError):
    """What is kept is never changed and never removed by the program."""


class KeptRows(models.QuerySet[Any]):
    """Rows of a :class:`KeptModel`: read and added to."""

    def update(self, **_: object) -> int:
        raise Kept(f"{self.model._meta.label} is append-only")

    def delete(self) -> Any:
        raise Kept(f"{self.model._meta.label} is append-only")


class KeptModel(models.Model):
    """A row that is written once."""

    objects: ClassVar[models.Manager[Any]] = models.Manager.from_queryset(KeptRows)()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Written once.

        Raises:
            Kept: it is there already.
        """
        if not self._state.adding:
            raise Kept(f"{self._meta.label} is append-only")
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise Kept(f"{self._meta.label} is append-only")
