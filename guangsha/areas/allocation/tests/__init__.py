"""Tests of the area "配租"."""
