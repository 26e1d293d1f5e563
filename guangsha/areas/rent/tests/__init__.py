"""Tests of the area "租金"."""
