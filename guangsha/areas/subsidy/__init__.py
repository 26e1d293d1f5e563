"""Rental subsidy (公租房租赁补贴): agreements, what is due each month, payments, returns, claw-backs, reviews."""
