"""An invented district to look at: people, households, cases in every state, staff of every role, the exchange's data."""

#: Households of a demo of scale 1; nine times as many are a full district.
HOUSEHOLDS = 5000
