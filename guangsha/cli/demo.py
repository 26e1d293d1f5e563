"""``guangsha demo``: evaluates the examples into a folder, says where the files are, and may serve them."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from guangsha.cli.console import emit, say
from guangsha.cli.evaluate import describe, summary
from guangsha.cli.serve import serve
from guangsha.evaluation import evaluate
from guangsha.kernel.resources import data_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", type=Path, default=Path("out"), metavar="文件夹", help="成果包写到哪里，默认 ./out"
    )
    parser.add_argument("--serve", action="store_true", help="生成后启动网页")
    parser.add_argument("--port", type=int, default=8000, help="网页端口，默认 8000")


def run(arguments: argparse.Namespace) -> int:
    started = time.perf_counter()
    made = {}
    for folder in sorted(path for path in data_folder("examples").iterdir() if path.is_dir()):
        out = arguments.out / folder.name
        evaluation = evaluate(folder, out)
        say(describe(evaluation))
        say(f"  成果包：{out}\n")
        made[folder.name] = summary(evaluation, out)
    say(f"{len(made)} 个示例，用时 {time.perf_counter() - started:.1f} 秒。文件在 {arguments.out.resolve()}")
    if arguments.serve:  # a person is looking: the JSON would only be in the way
        serve("127.0.0.1", arguments.port, arguments.out)
    else:
        emit(made)
    return 0
