"""A published document read, understood and checked (核对已公开的文档)."""

from guangsha.checking.check import CheckedDocument, check_file, check_reading

__all__ = ["CheckedDocument", "check_file", "check_reading"]
