"""``guangsha keys status|rotate|reindex``: the keys that seal personal data."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from guangsha.cli.console import emit, say
from guangsha.cli.setup import start_django
from guangsha.kernel.errors import InputError

if TYPE_CHECKING:
    from guangsha.privacy.rekey import Work

DONE, FAULTS = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    tasks = parser.add_subparsers(dest="task", metavar="任务", required=True)
    status = tasks.add_parser("status", help="有哪些密钥，各密封了多少数据")
    status.add_argument("--json", action="store_true", help="结果以 JSON 写到标准输出")
    rotate = tasks.add_parser("rotate", help="启用一把新密钥；旧数据仍用旧密钥打开")
    rotate.add_argument("--suite", choices=("sm", "intl"), help="新密钥的算法，默认按 GUANGSHA_SUITE")
    rotate.add_argument(
        "--reseal", action="store_true", help="并把全部旧数据用新密钥重新密封（可中断后重做）"
    )
    rotate.add_argument("--resume", action="store_true", help="不加新密钥，只接着重新密封")
    rotate.add_argument("--index", action="store_true", help="同时更换索引密钥并重算全部索引（须先停站）")
    tasks.add_parser("reindex", help="重算全部索引（须先停站；可中断后重做）")


def run(arguments: argparse.Namespace) -> int:
    """Run one task; exit code 1 when some values could not be opened."""
    start_django()
    if arguments.task == "status":
        return _status(arguments.json)
    if arguments.task == "rotate":
        return _rotate(arguments)
    return _reindex()


def _progress(place: str, seen: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{place} {seen}\x1b[K")
        sys.stderr.flush()


def _status(as_json: bool) -> int:
    from django.conf import settings

    from guangsha.privacy.keys import current_ring
    from guangsha.privacy.rekey import count_by_key

    ring, counts = current_ring(), count_by_key()
    lost = sorted({key for found in counts.values() for key in found if key not in ring.keys})
    path = Path(settings.GUANGSHA_KEYS)
    if as_json:
        emit(
            {
                "active": ring.active.name,
                "index": ring.indexing.name,
                "keys": {key.name: key.suite for key in ring.keys.values()},
                "lost": lost,
                "columns": {name: dict(found) for name, found in counts.items()},
            }
        )
        return FAULTS if lost else DONE
    for key in ring.keys.values():
        used = sum(found[key.name] for found in counts.values())
        marks = "、".join(
            text
            for text, held in (("当前密封", ring.active), ("索引", ring.indexing))
            if held.name == key.name
        )
        say(f"{key.name}  {key.suite}  {used} 条{f'  （{marks}）' if marks else ''}")
    for name, found in counts.items():
        older = sum(count for key, count in found.items() if key != ring.active.name)
        if older:
            say(f"  {name}：{older} 条由旧密钥密封")
    for key_lost in lost:
        say(f"缺少密钥 {key_lost or '（未密封的数据）'}：请把保管的旧密钥放回 {path}")
    if path.stat().st_mode & 0o077:
        say(f"密钥文件 {path} 对其他用户可读，请运行 chmod 600 。")
    return FAULTS if lost else DONE


def _rotate(arguments: argparse.Namespace) -> int:
    from django.conf import settings

    from guangsha.privacy import rekey

    if arguments.resume and arguments.index:
        raise InputError("--resume 不能与 --index 同用", advice="接着重算索引请运行 guangsha keys reindex 。")
    if not arguments.resume:
        ring = rekey.rotate(arguments.suite or settings.GUANGSHA_SUITE, index=arguments.index)
        say(f"新密钥 {ring.active.name}（{ring.active.suite}）已启用。请立即备份密钥文件。")
    code = DONE
    if arguments.reseal or arguments.resume:
        work = rekey.reseal(_progress)
        code = _tell(work, "重新密封")
    return max(code, _reindex()) if arguments.index else code


def _reindex() -> int:
    from guangsha.privacy.rekey import reindex

    return _tell(reindex(_progress), "重算索引")


def _tell(work: Work, what: str) -> int:
    for fault in work.faults[:50]:
        say(fault)
    say(f"{what}：看过 {work.seen} 条，改写 {work.changed} 条，{len(work.faults)} 条有问题。")
    return FAULTS if work.faults else DONE
