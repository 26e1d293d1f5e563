"""Papers of rent as files: what a writer of the documents room made, given out by both faces."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from guangsha.areas.rent.models import Receipt
from guangsha.areas.rent.receipts import confirmation
from guangsha.areas.rent.rules import receipt_number
from guangsha.documents.writing.docx import write_docx
from guangsha.documents.writing.pdf import write_pdf
from guangsha.documents.writing.tree import Document
from guangsha.people.access import NotThere

WRITERS = {
    "docx": (write_docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "pdf": (write_pdf, "application/pdf"),
}  # fmt: skip


def paper(document: Document, kind: str) -> HttpResponse:
    """A document as a file to keep; its title is its name.

    Raises:
        NotThere: another kind than docx or pdf.
    """
    if kind not in WRITERS:
        raise NotThere
    write, content_type = WRITERS[kind]
    answer = HttpResponse(write(document), content_type=content_type)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{document.title}.{kind}')}"
    answer["Cache-Control"] = "no-store"
    return answer


def check_address(request: HttpRequest, receipt: Receipt) -> str:
    """Where anybody who holds the paper can check it, with its number and code."""
    asked = urlencode({"number": receipt_number(receipt.pk), "code": receipt.proof})
    return request.build_absolute_uri(f"{reverse('rent-receipt-check')}?{asked}")


def confirmation_file(request: HttpRequest, receipt: Receipt, kind: str) -> HttpResponse:
    """The confirmation of a payment as a file."""
    return paper(confirmation(receipt, check_address(request, receipt)), kind)
