"""Takes a file from a stranger: bounded while it arrives, kept only as long as it is worked on."""

from __future__ import annotations

from typing import IO, Any

from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler

#: A filled workbook is well under 1 MB; twenty leaves room for notes and pictures somebody pasted.
UPLOAD_BYTES_MAX = 20 * 1024 * 1024


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Streams to a temporary file and stops the connection as soon as the bound is passed."""

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, Any],  # noqa: N803 -- Django names it so
        content_length: int,
        boundary: bytes,
        encoding: Any = None,
    ) -> None:
        self.received = 0
        if content_length > UPLOAD_BYTES_MAX + 64 * 1024:  # the form around the file
            self.request.upload_too_large = True
            raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > UPLOAD_BYTES_MAX:
            self.request.upload_too_large = True
            raise StopUpload(connection_reset=False)
        super().receive_data_chunk(raw_data, start)
