"""The area "房源"."""
