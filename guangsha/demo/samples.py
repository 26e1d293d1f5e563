"""The pages that invented applicants handed in: one pdf for each kind of material, which says that it is a sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from guangsha.documents.writing.pdf import write_pdf
from guangsha.documents.writing.tree import Block, Document, Paragraph, Run, Section, Title
from guangsha.privacy.sealing import sm3_hex


@dataclass(frozen=True, slots=True)
class Sample:
    """The file and its digest."""

    data: bytes
    digest: str


def samples(names: Mapping[str, str]) -> Callable[[str], Sample]:
    """The sample of a material by its code; each is written once. ``names``: code → name."""

    @cache
    def sample(code: str) -> Sample:
        name = names.get(code, "材料")
        page: list[Block] = [
            Title(name),
            Paragraph([Run("演示材料：本页没有真实内容，只用来说明上传、核对和密封保存的过程。")]),
        ]
        data = write_pdf(Document(name, [Section(page)], subject="演示材料"))
        return Sample(data, sm3_hex(data))

    return sample
