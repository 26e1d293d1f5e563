"""Tests of the area "房源"."""
