"""The area "租金"."""
