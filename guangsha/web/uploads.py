"""Takes a file from a stranger: bounded while it arrives, kept only as long as it is worked on."""

from __future__ import annotations

from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler

#: A filled workbook is well under 1 MB; twenty leaves room for notes and pictures somebody pasted.
UPLOAD_BYTES_MAX = 20 * 1024 * 1024
#: Reports to check, all of one visit together; scanned pdf is large.
CHECK_BYTES_MAX = 60 * 1024 * 1024
#: Addresses that take more than a workbook.
CHECK_PATH = "/check/"
#: Attribute that marks a request whose file was refused for its size.
TOO_LARGE = "_upload_too_large"


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Streams to a temporary file and stops writing as soon as the bound is passed."""

    received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > bytes_max(self.request.path if self.request else ""):
            # The view must tell "too large" from "no file": Django itself only drops the file. The rest of the body is
            # read and thrown away, so that the browser stays to hear the answer.
            setattr(self.request, TOO_LARGE, True)
            raise StopUpload(connection_reset=False)
        super().receive_data_chunk(raw_data, start)


def bytes_max(path: str) -> int:
    """How many bytes a request to ``path`` may bring."""
    return CHECK_BYTES_MAX if path.startswith(CHECK_PATH) else UPLOAD_BYTES_MAX
