"""``guangsha demo``: evaluates the examples into a folder, builds the demo district, and may serve both."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path

from guangsha.cli.beside import Beside
from guangsha.cli.console import emit, say
from guangsha.cli.evaluate import describe, summary
from guangsha.cli.serve import name_packages, serve
from guangsha.cli.setup import start_django
from guangsha.evaluation import evaluate
from guangsha.kernel.errors import InputError
from guangsha.kernel.resources import data_folder

SITE_NAME = "湖滨区住房保障服务中心（演示）"
#: Nine times the usual demo is a full district of 45,000 households.
SCALE_MAX = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", type=Path, default=Path("out"), metavar="文件夹", help="成果包写到哪里，默认 ./out"
    )
    parser.add_argument("--serve", action="store_true", help="生成示例和演示辖区后启动网页")
    parser.add_argument("--port", type=int, default=8000, help="网页端口，默认 8000")
    parser.add_argument("--district", action="store_true", help="只生成演示辖区，不启动网页")
    parser.add_argument(
        "--year-book",
        action="store_true",
        help="另写入一个单位 2025 年度的全部业务记录（3573 户补贴和账簿），由记录取数得出自评报告",
    )
    parser.add_argument(
        "--scale",
        type=int,
        default=1,
        metavar="倍数",
        help="演示辖区的大小：1 为 5000 户（默认），9 为 45000 户",
    )
    parser.add_argument("--households", type=int, metavar="户数", help="按户数指定大小，代替 --scale")
    parser.add_argument(
        "--seed", type=int, default=1, metavar="种子", help="随机种子：同样的种子得到同样的人和办件"
    )
    parser.add_argument("--fresh", action="store_true", help="删除已有的演示辖区，重新生成（会先询问）")
    parser.add_argument("--yes", action="store_true", help="不询问，直接重新生成")
    parser.add_argument(
        "--bank", type=Path, metavar="银行文件", help="演示银行对下载的银行文件作出回盘，写在同一文件夹"
    )
    parser.add_argument("--code", metavar="登录名", help="显示演示账号当前的动态口令")


def run(arguments: argparse.Namespace) -> int:
    os.environ.setdefault("GUANGSHA_SITE_NAME", SITE_NAME)
    if arguments.code:
        return _code(arguments.code)
    if arguments.bank:
        return _bank(arguments.bank)
    if arguments.serve or arguments.district or arguments.fresh:
        return _district(arguments)
    if arguments.year_book:
        start_django(migrate=True)
        _year_book()
        return 0
    emit(_examples(arguments.out))
    return 0


def _bank(file: Path) -> int:
    start_django()
    from guangsha.demo.subsidies import bank_answer

    if not file.is_file():
        raise InputError("没有这个文件", where=str(file), advice="请写明下载的银行文件。")
    name, data = bank_answer(file)
    place = file.with_name(name)
    place.write_bytes(data)
    say(f"演示银行的回盘文件：{place}")
    emit({"file": str(place)})
    return 0


def _examples(out: Path) -> dict[str, object]:
    """Evaluate the examples; what came out, by folder."""
    started = time.perf_counter()
    made: dict[str, object] = {}
    for folder in sorted(path for path in data_folder("examples").iterdir() if path.is_dir()):
        place = out / folder.name
        evaluation = evaluate(folder, place)
        say(describe(evaluation))
        say(f"  成果包：{place}\n")
        made[folder.name] = summary(evaluation, place)
    say(f"{len(made)} 个示例，用时 {time.perf_counter() - started:.1f} 秒。文件在 {out.resolve()}")
    return made


def examples_apart(out: Path) -> None:
    """Evaluate the examples in a process of its own: the server forks from this one, which must not have set a pdf.

    Raises:
        InputError: it ended with an error, which it has said.
    """
    done = subprocess.run(
        [sys.executable, "-m", "guangsha", "demo", "--out", str(out)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # its JSON; what it says comes through
        check=False,
    )
    if done.returncode:
        raise InputError("示例没有生成", where=str(out), advice="原因见上面的说明。")


def _district(arguments: argparse.Namespace) -> int:
    households = _size(arguments)
    port = _free_port() if arguments.serve else 0
    if port and "GUANGSHA_EXCHANGE" not in os.environ:
        os.environ["GUANGSHA_EXCHANGE"] = f"http://127.0.0.1:{port}"
    else:
        port = 0  # somebody's own exchange is asked, none is started
    name_packages(arguments.out)
    start_django(migrate=True)
    from guangsha.demo import house

    house.refuse_real()
    if house.standing() == "demo" and arguments.fresh:
        _confirm(house.counts(), arguments.yes)
        house.empty()
    if house.standing() == "demo":
        if not house.has_district():  # its log begins with an empty one
            raise InputError(
                "数据库里只有年度账册，没有演示辖区", advice="请加 --fresh 重新生成，再加 --year-book 。"
            )
        say("演示辖区已有，原样保留。重新生成请用 --fresh 。")
    else:
        _build(households, arguments.seed)
    if arguments.year_book:
        _year_book()
    if arguments.serve:
        examples_apart(arguments.out)
    say()
    say(house.sign_ins())
    if not arguments.serve:
        return 0
    with Beside("exchange", "--port", str(port)) if port else nullcontext():
        serve("127.0.0.1", arguments.port, arguments.out)
    return 0


def _size(arguments: argparse.Namespace) -> int:
    from guangsha.demo import HOUSEHOLDS

    if arguments.households is not None:
        if not 60 <= arguments.households <= SCALE_MAX * HOUSEHOLDS:
            raise InputError(f"户数应在 60 至 {SCALE_MAX * HOUSEHOLDS} 之间", where="--households")
        return int(arguments.households)
    if not 1 <= arguments.scale <= SCALE_MAX:
        raise InputError(f"倍数应在 1 至 {SCALE_MAX} 之间", where="--scale")
    return int(arguments.scale) * HOUSEHOLDS


def _build(households: int, seed: int) -> None:
    from guangsha.demo import house
    from guangsha.demo.district import build_district

    say(f"正在生成演示辖区（{households} 户，都是虚构的人）……")
    started = time.perf_counter()
    built = build_district(households=households, seed=seed, say=lambda text: say(f"  {text}"))
    house.enrol()
    path = house.write_sign_ins()
    say(
        f"演示辖区已生成：{built.households} 户、{built.persons} 人、{built.cases} 个办件，用时 {time.perf_counter() - started:.0f} 秒。"
    )
    say(f"登录账号表也写在 {path}")


def _year_book() -> None:
    """Write the year book into a demo's database, and its report from the records."""
    from guangsha.demo import house
    from guangsha.demo.year_book import UNIT, YEAR, build_year_book, stands

    house.refuse_real()
    _housing_years()
    if stands():
        say(f"{UNIT} {YEAR} 年度账册已有，原样保留。")
        return
    say(f"正在写入 {UNIT} {YEAR} 年度账册（家庭和凭证都是虚构的）……")
    started = time.perf_counter()
    built = build_year_book()
    house.enrol()
    house.write_sign_ins()
    say(
        f"账册已写入：{built.payments} 笔补贴、{built.drafts} 张其他凭证，用时 {time.perf_counter() - started:.0f} 秒。"
        f"登录 lou-accountant、lou-supervisor 可在“绩效自评”中取数。"
    )
    say(f"由记录生成报告：guangsha evaluate --from-records --agency {UNIT} --year {YEAR} --out out/{YEAR}")


def _housing_years() -> None:
    """Write the years of public rental housing of two units, where they are not there yet."""
    from guangsha.demo.year_book_housing import JIANGAN, JIANGAN_YEAR, build_jiangan
    from guangsha.demo.year_book_rents import YUEYANG, YUEYANG_YEAR, build_yueyang
    from guangsha.people.models import Agency

    for unit, year, build, example in (
        (JIANGAN, JIANGAN_YEAR, build_jiangan, "jiangan-2024"), (YUEYANG, YUEYANG_YEAR, build_yueyang, "yueyang-2023"),
    ):  # fmt: skip
        if Agency.objects.filter(name=unit).exists():
            say(f"{unit} {year} 年度公租房数据已有，原样保留。")
            continue
        build()
        say(f"{unit} {year} 年度公租房数据已写入（家庭和房屋都是虚构的）。与公布的数对比：")
        say(
            f"  guangsha evaluate --from-records --agency {unit} --year {year} --out out/{example}"
            f" --table examples/{example}/table.yaml --against examples/{example}/figures.yaml"
        )


def _confirm(counts: str, yes: bool) -> None:
    """Ask before what somebody may have tried out is removed.

    Raises:
        InputError: not agreed, or nobody is there to ask.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError("重新生成会删除现有的演示数据", advice="确认要删除请加 --yes 。")
    say(f"将删除现有的演示数据（{counts}），不能恢复。输入 yes 继续：")
    if sys.stdin.readline().strip().lower() != "yes":
        raise InputError("没有确认，原来的演示数据保持不变")


def _code(login: str) -> int:
    start_django()
    from guangsha.demo import house

    say(f"{house.code_now(login)}（{house.seconds_left()} 秒内有效）")
    return 0


def _free_port() -> int:
    """8090 where it is free, else any."""
    for port in (8090, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return 0
