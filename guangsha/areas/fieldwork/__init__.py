"""The area "维修与巡查"."""
