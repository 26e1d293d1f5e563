"""``guangsha draw freeze | run | verify``: the publicly verifiable draw."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from guangsha.cli.console import emit, say
from guangsha.draw import pack
from guangsha.draw.files import ENTRY_NO, ROSTER_FILE, TABLE_BYTES_MAX, UNITS_FILE, WISHES_FILE
from guangsha.draw.record import read_freeze
from guangsha.draw.rules_file import HLD1, RULES_FILE
from guangsha.draw.spec import RESULT_FILE
from guangsha.draw.verify import verify_files
from guangsha.kernel.errors import InputError

SOUND, DIFFERENT, UNREADABLE = 0, 1, 2
_EXIT = {"ok": SOUND, "different": DIFFERENT, "unreadable": UNREADABLE}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    tasks = parser.add_subparsers(dest="task", metavar="任务", required=True)

    freeze = tasks.add_parser("freeze", help="冻结名册、房源和规则，生成两份秘密数和公布的承诺值")
    freeze.add_argument("roster", type=Path, metavar="名册.csv", help="entry_no,queue,tier")
    freeze.add_argument("units", type=Path, metavar="房源.csv", help="unit_no,queue,floor,area_m2,accessible")
    freeze.add_argument("rules", type=Path, metavar="规则.json", help="规范 JSON（RFC 8785）")
    freeze.add_argument("--draw-id", required=True, metavar="编号", help="摇号编号，如 YYL-2026-001")
    freeze.add_argument(
        "--out", required=True, type=Path, metavar="文件夹", help="公布包写到这里（新文件夹）"
    )
    freeze.add_argument(
        "--secrets",
        type=Path,
        metavar="文件夹",
        help="秘密数写到这里，不公布（默认：公布包旁的 <名>.secrets）",
    )
    freeze.add_argument("--wishes", type=Path, metavar="志愿.csv", help="按志愿匹配（M2）时的志愿文件")
    freeze.add_argument(
        "--e1-source", default="", metavar="文字", help="公开随机数来源，如“福彩双色球 2026999 期”"
    )
    freeze.add_argument("--e1-fallback", default="", metavar="文字", help="该期未开奖时怎么办")
    freeze.add_argument("--replaces", default="", metavar="文字", help="本次代替哪一个摇号编号，为什么")
    sealed = freeze.add_mutually_exclusive_group()
    sealed.add_argument("--escrow-key", type=Path, metavar="公钥.pem", help="托管件封给第三方的 RSA 公钥")
    sealed.add_argument("--escrow-password-file", type=Path, metavar="文件", help="托管件用第三方的口令封存")

    run = tasks.add_parser("run", help="摇号：打开两份秘密数，加入公开随机数和现场摇球，生成结果")
    run.add_argument("folder", type=Path, metavar="文件夹", help="freeze 生成的公布包")
    run.add_argument(
        "--e1", default="", metavar="文字", help="公开随机数，如 FC-SSQ:2026999:01,02,03,04,05,06+07"
    )
    run.add_argument("--e2", required=True, metavar="文字", help="现场摇球，如 LIVE:3,8,1,9,0,4")
    run.add_argument("--op", type=Path, metavar="文件", help="操作员的秘密数文件")
    run.add_argument("--nt", type=Path, metavar="文件", help="公证员的秘密数文件")
    run.add_argument(
        "--escrow-key", type=Path, metavar="私钥.pem", help="--op 或 --nt 是托管件时，第三方的 RSA 私钥"
    )
    run.add_argument("--escrow-password-file", type=Path, metavar="文件", help="托管件（或私钥）的口令")

    opened = tasks.add_parser("open", help="托管方用私钥或口令打开托管件，取出秘密数")
    opened.add_argument("file", type=Path, metavar="托管件")
    opened.add_argument("--draw-id", required=True, metavar="编号", help="摇号编号")
    opened.add_argument("--holder", required=True, choices=("OP", "NT"), help="OP 操作员，NT 公证员")
    opened.add_argument("--escrow-key", type=Path, metavar="私钥.pem", help="第三方的 RSA 私钥")
    opened.add_argument("--escrow-password-file", type=Path, metavar="文件", help="托管件（或私钥）的口令")

    verify = tasks.add_parser("verify", help="核验公布包：一切是否都能重新算出来")
    verify.add_argument("folder", type=Path, metavar="文件夹", help="解压后的公布包")
    verify.add_argument("--entry", default="", metavar="凭条号", help="同时列出这个登记的一行")
    verify.add_argument("--json", action="store_true", help="结论以 JSON 写到标准输出")


def run(arguments: argparse.Namespace) -> int:
    """Run the task; ``verify`` exits 1 with the first difference named, 2 when the pack cannot be read."""
    return {"freeze": _freeze, "run": _run, "open": _open, "verify": _verify}[arguments.task](arguments)


def _input(path: Path, limit: int = TABLE_BYTES_MAX) -> bytes:
    try:
        if path.stat().st_size > limit:
            raise InputError(f"文件超过 {limit // 1024 // 1024} MB。", where=str(path))
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"读不出来（{error.strerror}）。", where=str(path), advice="请核对文件名。"
        ) from error


def _password(path: Path) -> str:
    return _input(path, 4096).decode("utf-8", "replace").strip("\r\n")


def _freeze(arguments: argparse.Namespace) -> int:
    files = {
        ROSTER_FILE: _input(arguments.roster),
        UNITS_FILE: _input(arguments.units),
        RULES_FILE: _input(arguments.rules),
    }
    if arguments.wishes:
        files[WISHES_FILE] = _input(arguments.wishes)
    out: Path = arguments.out
    to = pack.EscrowTo()
    if arguments.escrow_key:
        to = pack.EscrowTo(public_pem=_input(arguments.escrow_key, 64 * 1024))
    elif arguments.escrow_password_file:
        to = pack.EscrowTo(password=_password(arguments.escrow_password_file))
    frozen = pack.freeze(
        files,
        draw_id=arguments.draw_id,
        out=out,
        secrets_dir=arguments.secrets or out.with_name(f"{out.name}.secrets"),
        now=datetime.now(UTC),
        e1_source=arguments.e1_source,
        e1_fallback=arguments.e1_fallback,
        replaces=arguments.replaces,
        escrow_to=to,
    )
    record = frozen.record
    say(
        f"已冻结 {record.draw_id}：{len(frozen.inputs.roster)} 个登记、{len(frozen.inputs.units)} 套房源。公布包：{out}"
    )
    for path in frozen.secret_files:
        say(f"请交给持有人，不要公布：{path}")
    if frozen.secret_files and not (to.public_pem or to.password):
        say("没有生成托管件：如有一方不打开秘密数，将无法摇号（--escrow-key 或 --escrow-password-file）。")
    emit(
        {
            key: getattr(record, key)
            for key in ("spec", "draw_id", "h_roster", "h_units", "h_rules", "c_op", "c_nt", "frozen_at")
        }
    )
    return SOUND


def _run(arguments: argparse.Namespace) -> int:
    folder: Path = arguments.folder
    frozen = read_freeze(_input(folder / "freeze.json", 1024 * 1024))
    op = nt = b""
    if frozen.spec == HLD1:
        if not arguments.op or not arguments.nt:
            raise InputError("HLD1 需要操作员和公证员各自的秘密数文件。", where="--op、--nt")
        key = _escrow_key(arguments)
        op = pack.read_secret(arguments.op, draw_id=frozen.draw_id, holder="OP", escrow_key=key)
        nt = pack.read_secret(arguments.nt, draw_id=frozen.draw_id, holder="NT", escrow_key=key)
    record, results = pack.run(folder, e1=arguments.e1, e2=arguments.e2, op=op, nt=nt, now=datetime.now(UTC))
    count = results[RESULT_FILE].count(b"\n") - 1
    say(f"摇号 {record.draw_id} 完成：{count} 个登记都有了顺序号。结果：{folder / RESULT_FILE}")
    emit({"spec": record.spec, "draw_id": record.draw_id, "seed": record.seed, "entries": count})
    return SOUND


def _escrow_key(arguments: argparse.Namespace) -> pack.EscrowKey | None:
    if not arguments.escrow_key and not arguments.escrow_password_file:
        return None
    return pack.EscrowKey(
        _input(arguments.escrow_key, 64 * 1024) if arguments.escrow_key else b"",
        _password(arguments.escrow_password_file) if arguments.escrow_password_file else "",
    )


def _open(arguments: argparse.Namespace) -> int:
    secret = pack.read_secret(
        arguments.file,
        draw_id=arguments.draw_id,
        holder=arguments.holder,
        escrow_key=_escrow_key(arguments),
    )
    say(f"{arguments.draw_id} 的 {arguments.holder} 秘密数（在摇号页面“使用托管件”里填写）：")
    emit({"draw_id": arguments.draw_id, "holder": arguments.holder, "secret": secret.hex()})
    return SOUND


def _verify(arguments: argparse.Namespace) -> int:
    if arguments.entry and not ENTRY_NO.fullmatch(arguments.entry):
        raise InputError("凭条号应为字母、数字、点、横线或下划线。", where="--entry")
    files = pack.read_pack(arguments.folder)
    verdict = verify_files(files)
    line = (
        pack.line_of(files[RESULT_FILE], arguments.entry)
        if arguments.entry and RESULT_FILE in files
        else None
    )
    if arguments.json:
        emit(
            {
                "verdict": verdict.outcome,
                "place": verdict.place,
                "message": verdict.message,
                "draw_id": verdict.draw_id,
                "entries": verdict.entries,
                "units": verdict.units,
                "not_given": list(verdict.not_given),
                **({"entry": line} if arguments.entry else {}),
            }
        )
    if verdict.outcome == "ok":
        say(
            f"核验通过：摇号 {verdict.draw_id}，{verdict.entries} 个登记、{verdict.units} 套房源，全部数值都能重新算出。"
        )
    else:
        say(f"{'核验不通过' if verdict.outcome == 'different' else '读不了这个公布包'}：{verdict.message}")
    if verdict.not_given:
        say(f"清单里有而文件夹里没有、未核对的文件：{'、'.join(verdict.not_given)}。")
    if line:
        say(
            f"{arguments.entry}：队列 {line.get('queue')}，顺序号 {line.get('order_no')}，摇号码 {line.get('ticket')}，{line.get('outcome')}。"
        )
    elif arguments.entry:
        say(f"结果里没有 {arguments.entry}。")
    return _EXIT[verdict.outcome]
