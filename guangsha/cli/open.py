"""``guangsha open``: the first agency and the two administrators of an empty installation."""

from __future__ import annotations

import argparse
import getpass
import sys

from guangsha.cli.console import say
from guangsha.cli.setup import start_django
from guangsha.kernel.errors import InputError

_KINDS = {"city": "市级", "district": "区县", "bureau": "主管部门"}
#: option → what is asked at a terminal
_ASKED = {
    "agency": "机构名称（例如：某某市住房保障服务中心）",
    "region": "行政区划代码（6、9 或 12 位数字）",
    "system_admin": "系统管理员的登录名（开机构、开账号、配置）",
    "system_admin_name": "系统管理员的姓名",
    "security_admin": "安全管理员的登录名（授予角色、重置密码），须是另一个人",
    "security_admin_name": "安全管理员的姓名",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kind", choices=sorted(_KINDS), default="city", help="机构层级，默认 city（市级）")
    for name, question in _ASKED.items():
        parser.add_argument(f"--{name.replace('_', '-')}", default="", metavar="文字", help=question)


def run(arguments: argparse.Namespace) -> int:
    """Ask for what was not given (at a terminal), write it, print the passwords once."""
    start_django()
    from guangsha.people.opening import First, open_house, refuse_second_time

    refuse_second_time()
    asking = sys.stdin.isatty()
    given = {name: _answer(name, getattr(arguments, name), asking) for name in _ASKED}
    first = [
        First(
            given[role],
            given[f"{role}_name"],
            _password(given[f"{role}_name"]) if asking else "",
        )
        for role in ("system_admin", "security_admin")
    ]
    made = open_house(
        agency=given["agency"],
        kind=arguments.kind,
        region_code=given["region"],
        system_admin=first[0],
        security_admin=first[1],
    )
    say(f"已启用：{given['agency']}")
    for person in first:
        shown = "（刚才输入的密码）" if person.password else made[person.username.strip()]
        say(f"  {person.name}　登录名 {person.username.strip()}　初始密码 {shown}")
    say("密码只显示这一次，请分别交给两位管理员；首次登录须设置动态口令并更改密码。")
    say("下一步：guangsha serve 启动网页，打开 /office/sign-in/ 登录（docs/operations/first-day.md）。")
    return 0


def _answer(name: str, given: str, asking: bool) -> str:
    if given.strip():
        return given.strip()
    if not asking:
        raise InputError(
            f"缺少 --{name.replace('_', '-')}", where="启用", advice="请写明，或在终端里运行以便逐项询问。"
        )
    while not (typed := input(f"{_ASKED[name]}：").strip()):
        pass
    return typed


def _password(name: str) -> str:
    """A password typed twice; empty lets one be made up."""
    while True:
        typed = getpass.getpass(f"{name}的初始密码（直接回车则自动生成）：")
        if not typed or typed == getpass.getpass("再输一次："):
            return typed
        say("两次输入的密码不一样，请重输。")
