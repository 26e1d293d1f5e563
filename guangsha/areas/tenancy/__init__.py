"""The area "租约"."""
