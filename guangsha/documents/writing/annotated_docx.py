"""The original Word file with a comment at each figure concerned; everything else stays byte for byte as it was.

A comment hangs on the words it quotes: the run that holds them is cut where it must be, keeping its properties. Other
parts of the package are copied; ``comments.xml`` is made, or added to where the file has comments already.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from xml.sax.saxutils import escape

from guangsha.documents.writing.docx_runs import ParagraphRuns, Run, ScannedDocument, scan_document
from guangsha.documents.writing.quotes import find_quote
from guangsha.kernel.errors import InputError

AUTHOR: Final = "广厦核对"
INITIALS: Final = "广厦"
_RELATION = "/officeDocument"
_COMMENTS = "comments"
_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
#: Characters that XML 1.0 cannot carry; a finding never needs them.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class DocxComment:
    """One comment: the index of the paragraph, the words it hangs on, and its own paragraphs.

    Args:
        paragraph: index as in ``Spot.anchor`` of a read docx.
        quote: words to mark, as read; empty for the whole paragraph.
        lines: the paragraphs of the comment.
        span: how many paragraphs from ``paragraph`` on may hold the quote (a cell has several).
    """

    paragraph: int
    quote: str
    lines: tuple[str, ...]
    span: int = 1


def annotate_docx(original: bytes, comments: Sequence[DocxComment], name: str) -> bytes:
    """``original`` with ``comments``.

    Raises:
        InputError: the file is no docx that could be read again.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(original)) as package:
            parts = _Parts(package)
            document = package.read(parts.main)
            scanned = scan_document(document, name)
            placed = [(comment, _target(scanned, comment)) for comment in comments]
            numbered = [(parts.next_id + n, c, t) for n, (c, t) in enumerate((c, t) for c, t in placed if t)]
            if not numbered:
                return original
            changed = parts.with_comments(scanned, [(number, comment) for number, comment, _ in numbered])
            changed[parts.main] = _marked(document, scanned, [(number, t) for number, _, t in numbered])
            return _rewritten(package, changed)
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, ValueError) as error:
        raise InputError(
            "文档不能加批注", where=name, advice="请在 Word 或 WPS 中打开后另存为 .docx 格式。"
        ) from error


def _rewritten(package: zipfile.ZipFile, changed: dict[str, bytes]) -> bytes:
    """The package with some parts replaced and new ones behind; the content of all others is the same."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as written:
        for entry in package.infolist():
            content = changed.pop(entry.filename, None)
            copied = zipfile.ZipInfo(entry.filename, entry.date_time)
            copied.compress_type = entry.compress_type
            copied.external_attr = entry.external_attr
            written.writestr(copied, package.read(entry) if content is None else content)
        for part, content in changed.items():
            added = zipfile.ZipInfo(part)
            added.compress_type = zipfile.ZIP_DEFLATED
            written.writestr(added, content)
    return target.getvalue()


# --- where a comment hangs ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Target:
    """Characters ``start`` to ``end`` of the printed text of one paragraph."""

    paragraph: ParagraphRuns
    start: int
    end: int


def _target(scanned: ScannedDocument, comment: DocxComment) -> _Target | None:
    """The words that ``comment`` quotes; else its whole paragraph; None where the document has no such paragraph."""
    first = comment.paragraph
    near = scanned.paragraphs[max(first, 0) : max(first, 0) + max(comment.span, 1)]
    for paragraph in near:
        found = find_quote(paragraph.text, comment.quote) if comment.quote else None
        if found is not None:
            return _outside_box(scanned, _Target(paragraph, *found))
    whole = next((paragraph for paragraph in near if paragraph.runs), None)
    return _outside_box(scanned, _Target(whole, 0, len(whole.text))) if whole else None


def _outside_box(scanned: ScannedDocument, target: _Target) -> _Target | None:
    """Word takes no comment inside a text box: it then hangs on the paragraph that holds the box."""
    holder = target.paragraph.holder
    if holder is None:
        return target
    outer = scanned.paragraphs[holder]
    return _Target(outer, 0, len(outer.text)) if outer.runs else None


# --- marks in the document ---------------------------------------------------------------------------------


def _marked(document: bytes, scanned: ScannedDocument, targets: Sequence[tuple[int, _Target]]) -> bytes:
    """The document with the start and end of each comment set, from the last paragraph to the first."""
    tag, declared = _tag(scanned)
    inserts: dict[int, dict[int, list[tuple[int, str]]]] = {}
    for number, target in targets:
        marks = inserts.setdefault(target.paragraph.index, {})
        head = f'<{tag}commentRangeStart{declared} {tag or ""}id="{number}"/>'
        foot = (
            f'<{tag}commentRangeEnd{declared} {tag or ""}id="{number}"/>'
            f'<{tag}r{declared}><{tag}commentReference {tag or ""}id="{number}"/></{tag}r>'
        )
        # Ends come before starts at the same place, so that neighbouring comments do not overlap.
        marks.setdefault(target.end, []).append((0, foot))
        marks.setdefault(target.start, []).append((1, head))
    edits: list[tuple[int, int, bytes]] = []
    for index, marks in inserts.items():
        edits.extend(_edits(document, scanned.paragraphs[index], marks, tag))
    result = document
    for start, end, content in sorted(edits, reverse=True):
        result = result[:start] + content + result[end:]
    return result


def _tag(scanned: ScannedDocument) -> tuple[str, str]:
    """How to write an element of the main namespace: its prefix, and a declaration where the root has none."""
    if scanned.prefix:
        return f"{scanned.prefix}:", ""
    return "w:", f' xmlns:w="{scanned.namespace}"'


def _edits(
    document: bytes, paragraph: ParagraphRuns, marks: dict[int, list[tuple[int, str]]], tag: str
) -> list[tuple[int, int, bytes]]:
    """Replacements of bytes that set ``marks`` (by character of the printed text) into one paragraph."""
    edits: list[tuple[int, int, bytes]] = []
    position = 0
    for number, run in enumerate(paragraph.runs):
        length = len(run.text)
        last = number == len(paragraph.runs) - 1
        inside = {
            at - position: "".join(mark for _, mark in sorted(found, key=lambda item: item[0]))
            for at, found in marks.items()
            # The end of a run belongs to the next one, except at the end of the paragraph.
            if position <= at < position + length or (last and at == position + length)
        }
        if inside:
            edits.append((run.start, run.end, _cut_run(document, run, inside, tag)))
        position += length
    return edits


def _cut_run(document: bytes, run: Run, marks: dict[int, str], tag: str) -> bytes:
    """The run with ``marks`` set between its characters; it is closed and opened again around each."""
    length = len(run.text)
    if all(at in (0, length) for at in marks):
        behind = marks.get(length, "") if length else ""
        return marks.get(0, "").encode() + document[run.start : run.end] + behind.encode()
    head = document[run.start : run.head_end] if run.pieces else document[run.start : run.end]
    properties = document[run.properties[0] : run.properties[1]]
    opening, closing = head + properties, _closing(head)
    out = [marks.get(0, "").encode(), opening]
    position = 0
    for piece in run.pieces:
        inner = [at for at in sorted(marks) if position < at < position + len(piece.text)]
        if not inner or not piece.cut:
            out.append(document[piece.start : piece.end])
            if inner:  # a tab or a break cannot be cut: the mark goes behind it
                out.extend((closing, "".join(marks[at] for at in inner).encode(), opening))
        else:
            bounds = [0, *(at - position for at in inner), len(piece.text)]
            for index, (start, end) in enumerate(pairwise(bounds)):
                if index:
                    out.extend((closing, marks[position + start].encode(), opening))
                out.append(_text(document, piece.start, piece.text[start:end]))
        position += len(piece.text)
        if position in marks and position < length:
            out.extend((closing, marks[position].encode(), opening))
    out.append(closing)
    if length in marks:
        out.append(marks[length].encode())
    return b"".join(out)


def _closing(head: bytes) -> bytes:
    match = re.match(rb"<([^\s/>]+)", head)
    return b"</" + (match[1] if match else b"w:r") + b">"


def _text(document: bytes, start: int, text: str) -> bytes:
    """A ``w:t`` with part of a text, under the name that the original has."""
    match = re.match(rb"<([^\s/>]+)", document[start : start + 80])
    name = match[1] if match else b"w:t"
    return b"<" + name + b' xml:space="preserve">' + escape(text).encode() + b"</" + name + b">"


# --- the parts of the package ------------------------------------------------------------------------------


class _Parts:
    """Names and relations of the parts that comments touch."""

    def __init__(self, package: zipfile.ZipFile) -> None:
        self.package = package
        self.names = set(package.namelist())
        relations = self._relations("")
        self.main = next((t for kind, t in relations if kind.endswith(_RELATION)), "word/document.xml")
        if self.main not in self.names:
            self.main = "word/document.xml"
        self.relations_part = posixpath.join(
            posixpath.dirname(self.main), "_rels", f"{posixpath.basename(self.main)}.rels"
        )
        existing = next((t for kind, t in self._relations(self.main) if kind.endswith("/" + _COMMENTS)), "")
        self.comments = existing if existing in self.names else ""
        self.existing = package.read(self.comments) if self.comments else b""

    @property
    def next_id(self) -> int:
        used = [int(found) for found in re.findall(rb'\bid="(\d{1,9})"', self.existing)]
        return max(used, default=-1) + 1

    def _relations(self, part: str) -> list[tuple[str, str]]:
        folder, leaf = posixpath.split(part)
        name = posixpath.join(folder, "_rels", f"{leaf}.rels")
        if name not in self.names:
            return []
        text = self.package.read(name).decode("utf-8", "replace")
        found = []
        for tag in re.findall(r"<[^>]*\bRelationship\s[^>]*>", text):
            values = dict(re.findall(r"(\w+)\s*=\s*[\"']([^\"']*)[\"']", tag))
            target = values.get("Target", "")
            found.append(
                (values.get("Type", ""), posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/"))
            )
        return found

    def with_comments(
        self, scanned: ScannedDocument, comments: Sequence[tuple[int, DocxComment]]
    ) -> dict[str, bytes]:
        """The parts that change: the comments and, where there were none, how the package knows of them."""
        if self.comments:
            root = re.search(rb"<(?:([^\s:>/]+):)?comments\b", self.existing)
            prefix = (root[1].decode() + ":" if root[1] else "") if root else "w:"
            # An element without a prefix would need unprefixed attributes, which Word does not know: declare our own.
            written = _comments(comments, prefix or "w:", "" if prefix else f' xmlns:w="{scanned.namespace}"')
            end = self.existing.rfind(b"</")
            if end < 0 or (
                root is not None and self.existing.rstrip().endswith(b"/>") and b"</" not in self.existing
            ):
                opened = re.sub(rb"/>\s*$", b">", self.existing.rstrip())
                name = f"{prefix}comments".encode()
                return {self.comments: opened + written + b"</" + name + b">"}
            return {self.comments: self.existing[:end] + written + self.existing[end:]}
        part = posixpath.join(posixpath.dirname(self.main), "comments.xml")
        number = 2
        while part in self.names:
            part = posixpath.join(posixpath.dirname(self.main), f"comments{number}.xml")
            number += 1
        body = (
            f'{_DECLARATION}<w:comments xmlns:w="{scanned.namespace}">'.encode()
            + _comments(comments, "w:", "")
            + b"</w:comments>"
        )
        return {
            part: body,
            self.relations_part: self._related(part),
            "[Content_Types].xml": self._typed(part),
        }

    def _related(self, part: str) -> bytes:
        relation = (
            f'<Relationship xmlns="{_PACKAGE_RELATIONSHIPS}" Id="guangshaComments" '
            f'Type="{_RELATIONSHIPS}/{_COMMENTS}" Target="{posixpath.basename(part)}"/>'
        )
        if self.relations_part not in self.names:
            return f'{_DECLARATION}<Relationships xmlns="{_PACKAGE_RELATIONSHIPS}">{relation}</Relationships>'.encode()
        return _inserted(self.package.read(self.relations_part), relation)

    def _typed(self, part: str) -> bytes:
        types = "http://schemas.openxmlformats.org/package/2006/content-types"
        override = f'<Override xmlns="{types}" PartName="/{part}" ContentType="{_COMMENTS_TYPE}"/>'
        return _inserted(self.package.read("[Content_Types].xml"), override)


def _inserted(content: bytes, element: str) -> bytes:
    """``element`` as the last child of the root of ``content``."""
    end = content.rfind(b"</")
    if end >= 0:
        return content[:end] + element.encode() + content[end:]
    root = re.search(rb"<([^\s?!/>]+)[^>]*/>\s*$", content)
    if root is None:
        raise ValueError("a part of the package has no root")
    opened = re.sub(rb"/>\s*$", b">", content)
    return opened + element.encode() + b"</" + root[1] + b">"


def _comments(comments: Sequence[tuple[int, DocxComment]], tag: str, declared: str) -> bytes:
    written = []
    for number, comment in comments:
        paragraphs = "".join(
            f"<{tag}p>{f'<{tag}r><{tag}annotationRef/></{tag}r>' if first else ''}"
            f'<{tag}r><{tag}t xml:space="preserve">{escape(_FORBIDDEN.sub("", line))}</{tag}t></{tag}r></{tag}p>'
            for first, line in ((index == 0, line) for index, line in enumerate(comment.lines))
        )
        written.append(
            f'<{tag}comment{declared} {tag}id="{number}" {tag}author="{AUTHOR}" {tag}initials="{INITIALS}">'
            f"{paragraphs}</{tag}comment>"
        )
    return "".join(written).encode()
