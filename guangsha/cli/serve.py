"""``guangsha serve``: the web at 127.0.0.1:8000."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from guangsha.cli.beside import Beside
from guangsha.cli.console import say
from guangsha.cli.setup import start_django
from guangsha.kernel.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="监听地址，默认只在本机")
    parser.add_argument("--port", type=int, default=8000, help="端口，默认 8000")
    parser.add_argument(
        "--packages", type=Path, default=Path("out"), metavar="文件夹", help="展示哪个文件夹里的成果包"
    )
    parser.add_argument(
        "--no-work", action="store_true", help="不同时运行后台任务（另有 guangsha work 在运行时用）"
    )


def run(arguments: argparse.Namespace) -> int:
    serve(arguments.host, arguments.port, arguments.packages, work=not arguments.no_work)
    return 0


def name_packages(packages: Path) -> None:
    """Tell the settings which packages to show and where uploads live; before Django starts."""
    os.environ["GUANGSHA_PACKAGES"] = str(packages.resolve())
    os.environ.setdefault("GUANGSHA_UPLOADS", str(packages.resolve() / ".uploads"))


def serve(host: str, port: int, packages: Path, *, work: bool = True) -> None:
    """Serve until interrupted, with the worker beside it where the database is the embedded one.

    An embedded database is brought up to date here; one on a server has its worker and its upgrades run by its
    administrator.

    Raises:
        InputError: the address cannot be used, the tables of a server's database are not up to date, or the key ring is damaged
            or missing beside sealed data.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guangsha.config.settings")
    name_packages(packages)
    if not 0 < port < 65536:
        raise InputError(f"端口 {port} 不存在", advice="请用 1 到 65535 之间的端口。")
    start_django(migrate=True)
    from guangsha.privacy.rekey import see_to_ring

    see_to_ring()
    from django.db import connection, connections
    from gunicorn.app.base import BaseApplication  # starts Django: not before the environment is set

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            options: Mapping[str, Any] = {
                "bind": f"{host}:{port}",
                "workers": 1,  # one process owns the queue of uploads; evaluations run in processes of their own
                "threads": 8,
                "timeout": 120,
                "accesslog": None,
                "loglevel": "warning",
                "limit_request_line": 4094,
            }
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            from guangsha.config.wsgi import application

            return application

    embedded = connection.vendor == "sqlite"
    connections.close_all()  # the server forks: a connection belongs to one process
    say(f"打开 http://{host}:{port}/ 。按 Ctrl+C 停止。")
    with Beside("work") if work and embedded else nullcontext():
        Server().run()
