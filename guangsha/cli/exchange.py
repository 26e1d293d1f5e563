"""``guangsha exchange``: the simulated data exchange, for development and training."""

from __future__ import annotations

import argparse
import json
import threading
from pathlib import Path

from guangsha.cli.beside import follow_parent
from guangsha.cli.console import say
from guangsha.cli.setup import start_django
from guangsha.kernel.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8090, help="端口，默认 8090（只在本机监听）")
    parser.add_argument(
        "--people", type=Path, metavar="文件", help="人员数据（JSON），默认 data/exchange.json"
    )
    parser.add_argument("--seed", type=int, default=1, help="故障的随机种子")
    for name, meaning in (
        ("slow", "慢答复"),
        ("failing", "故障"),
        ("wrong", "错误答复"),
        ("garbage", "无法识别的答复"),
    ):
        parser.add_argument(f"--{name}", type=int, default=0, metavar="百分比", help=f"{meaning}所占百分比")


def run(arguments: argparse.Namespace) -> int:
    start_django()
    from django.conf import settings

    from guangsha.areas.verification.simulator import Behaviour, Exchange, serve

    path: Path = arguments.people or settings.GUANGSHA_DATA / "exchange.json"
    try:
        people = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise InputError(
            "人员数据文件无法读取", where=str(path), advice="请重新运行 guangsha demo 生成。"
        ) from error
    behaviour = Behaviour(
        seed=arguments.seed, slow=arguments.slow, failing=arguments.failing, wrong=arguments.wrong,
        garbage=arguments.garbage,
    )  # fmt: skip
    try:
        server = serve(Exchange(people, behaviour, settings.GUANGSHA_EXCHANGE_TOKEN), port=arguments.port)
    except OSError as error:
        raise InputError(f"端口 {arguments.port} 无法使用", advice="请换一个端口。") from error
    stopped = threading.Event()
    follow_parent(stopped)

    def end() -> None:
        stopped.wait()
        server.shutdown()

    threading.Thread(target=end, daemon=True).start()
    say(f"模拟数据共享平台：http://127.0.0.1:{arguments.port}/ ，{len(people)} 人。按 Ctrl+C 停止。")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        say("已停止。")
    finally:
        server.server_close()
    return 0
