"""What a password must be. Pure; source: GB/T 22239-2019 §8.1.4.1 (complexity, regular change), operations.md §6.4."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from itertools import pairwise

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

LENGTH_MIN = 10
LENGTH_MAX = 128  # longer ones only make the hash slow
#: How many former passwords may not be used again, and after how long a password must be changed.
HISTORY = 5
AGE_MAX = timedelta(days=90)
_CLEAR = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"
_CLASSES = (r"[a-z]", r"[A-Z]", r"\d", r"[^a-zA-Z\d\s]")


def faults_of(password: str, *, username: str = "") -> list[str]:
    """What is wrong with a new password, one Chinese sentence each; empty: nothing.

    >>> faults_of("short1A")
    ['密码至少 10 位']
    """
    found = []
    if len(password) < LENGTH_MIN:
        found.append(f"密码至少 {LENGTH_MIN} 位")
    if len(password) > LENGTH_MAX:
        found.append(f"密码最多 {LENGTH_MAX} 位")
    if sum(bool(re.search(shape, password)) for shape in _CLASSES) < 3:
        found.append("密码须含大写字母、小写字母、数字、符号中的至少三类")
    if username and username.lower() in password.lower():
        found.append("密码不能包含登录名")
    if re.search(r"(.)\1{3}", password) or _runs(password.lower()):
        found.append("密码不能有连续四个相同或顺序的字符，如 aaaa、1234")
    try:
        CommonPasswordValidator().validate(password)
    except ValidationError:
        found.append("这个密码太常见，容易被猜到")
    return found


def fresh(username: str = "") -> str:
    """A password that keeps the rules, to be handed over once; letters that look alike are left out."""
    while True:
        groups = ["".join(secrets.choice(_CLEAR) for _ in range(4)) for _ in range(4)]
        password = "-".join(groups)
        if not faults_of(password, username=username):
            return password


def _runs(text: str) -> bool:
    steps = [ord(after) - ord(before) for before, after in pairwise(text)]
    for start in range(len(steps) - 2):
        window = steps[start : start + 3]
        if window in ([1, 1, 1], [-1, -1, -1]) and text[start : start + 4].isalnum():
            return True
    return False
