"""A million families drawn and verified, beside a C program that computes as many HMAC-SM3."""
