"""Who qualifies, for how much, by which article: dated parameters and rules that are declared once.

A programme (rental subsidy, public rental housing) is one expression tree. Three readers walk it: ``decide`` for one
household with a complete trace, and the compiler for DuckDB and for Spark, which makes one SELECT of it. Pure: no web
framework, no clock, no register. What a decision proposes, a person decides.
"""
