"""Tests of the area "租约"."""
