"""Takes a file from a stranger: bounded while it arrives, kept only as long as it is worked on."""

from __future__ import annotations

from typing import IO, Any

from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler

#: A filled workbook is well under 1 MB; twenty leaves room for notes and pictures somebody pasted.
UPLOAD_BYTES_MAX = 20 * 1024 * 1024
#: Room for the form around the file.
FORM_BYTES = 64 * 1024
#: Attribute that marks a request whose file was refused for its size.
TOO_LARGE = "_upload_too_large"


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Streams to a temporary file and stops the connection as soon as the bound is passed."""

    received = 0

    def handle_raw_input(self, input_data: IO[bytes], META: Any, content_length: int, *rest: Any) -> None:  # noqa: N803
        if content_length > UPLOAD_BYTES_MAX + FORM_BYTES:
            self._stop(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > UPLOAD_BYTES_MAX:
            self._stop(connection_reset=False)
        super().receive_data_chunk(raw_data, start)

    def _stop(self, *, connection_reset: bool) -> None:
        # The view must tell "too large" from "no file": Django itself only drops the file.
        setattr(self.request, TOO_LARGE, True)
        raise StopUpload(connection_reset=connection_reset)
