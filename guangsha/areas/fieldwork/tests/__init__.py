"""Tests of the area "维修与巡查"."""
