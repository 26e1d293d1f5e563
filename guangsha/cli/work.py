"""``guangsha work``: the worker that sends messages, asks the exchange and watches time limits."""

from __future__ import annotations

import argparse
import threading

from guangsha.cli.beside import follow_parent
from guangsha.cli.console import say
from guangsha.cli.setup import start_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="只做一轮就结束")


def run(arguments: argparse.Namespace) -> int:
    start_django()
    from guangsha.privacy.rekey import see_to_ring

    see_to_ring()
    from guangsha.notify.worker import present, run_once, work_forever

    if arguments.once:
        with present() as worker:
            run_once(worker)
    else:
        stopped = threading.Event()
        follow_parent(stopped)
        say("后台任务已启动。按 Ctrl+C 停止。")
        work_forever(stopped)
    return 0
