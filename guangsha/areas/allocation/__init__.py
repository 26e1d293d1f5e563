"""The area "配租"."""
