"""The pytest plugin of the house (``-p guangsha.testing.plugin``): tests have a data folder and keys of their own.

It is a plugin and not a ``conftest.py`` because the settings are read before any conftest is.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from guangsha.audit.actor import Actor
    from guangsha.people.models import Account
    from guangsha.testing.cast import Cast

#: Made at import: the settings read it, and so do the processes that a test starts.
DATA = tempfile.mkdtemp(prefix="guangsha-test-")
os.environ["GUANGSHA_DATA"] = DATA
os.environ["GUANGSHA_KEYS"] = os.path.join(DATA, "keys.json")  # noqa: PTH118 - before anything else is imported


def pytest_configure(config: pytest.Config) -> None:
    """Argon2 takes a tenth of a second on purpose; tests that are about it name it themselves."""
    from django.conf import settings

    from guangsha.people import kept_statements

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    kept_statements.KEPT_AFTER = (
        0  # PostgreSQL tries every prepared query in the form in which a busy office asks it
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    """The tests' database is copied, not migrated anew, where that was done before; static files are looked for once."""
    from guangsha.testing.template import install

    install()
    _look_for_static_files_once()


def _look_for_static_files_once() -> None:
    """Each ``Client`` has the site's middleware of its own: looking for all static files took most of its first request."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    look: Callable[[Any], None] = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[tuple[object, ...], dict[str, Any]] = {}

    def add_files_from_finders(self: Any) -> None:
        if self.files:  # a folder of gathered files was read before
            look(self)
            return
        key = (self.static_prefix, self.max_age, self.allow_all_origins, self.charset)
        if key not in found:
            look(self)
            found[key] = dict(self.files)
        self.files.update(found[key])

    WhiteNoiseMiddleware.add_files_from_finders = add_files_from_finders


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Of the modules only those with an example are read for doctests: looking through the others takes longer than many tests."""
    source = collection_path.suffix == ".py" and not collection_path.name.startswith(("test_", "conftest"))
    return True if source and b">>> " not in collection_path.read_bytes() else None


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was collected stays until the end: the collector of garbage need not look through it again and again."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Nothing of a run stays."""
    gc.unfreeze()  # what libraries hold is let go in order
    shutil.rmtree(DATA, ignore_errors=True)


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a browser or a database is marked so, and what shows something of a page on SQLite shows it on both."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "browser" in names:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(600))
            # a browser that does not answer in a minute is the machine's affair; anything that a page shows wrong is not
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=["TimeoutError"]))
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="这台机器上没有 Chromium，浏览器测试未运行"))
        if item.get_closest_marker("django_db") or "_django_db_helper" in names:
            item.add_marker(pytest.mark.database)
            if _asks_pages(item) and not item.get_closest_marker("both_databases"):
                item.add_marker(pytest.mark.pages)


def _asks_pages(item: pytest.Item) -> bool:
    """Whether a test asks the site (its module has a client of pages or of the API) and nothing of transactions."""
    marker = item.get_closest_marker("django_db")
    module = getattr(item, "module", None)
    asks = (
        hasattr(module, "Client")
        or hasattr(module, "Caller")
        or "client" in getattr(item, "fixturenames", ())
    )
    return asks and not (marker and marker.kwargs.get("transaction"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, one for all tests of a file.

    Not one for all files: its driver keeps an event loop in this thread for as long as it runs, and no second one may be
    started meanwhile.
    """
    playwright_api = pytest.importorskip("playwright.sync_api")
    with pytest.MonkeyPatch.context() as patch, playwright_api.sync_playwright() as playwright:
        # tests ask the database while that loop runs; Django would refuse it to them
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        started = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-sync",
                "--disable-extensions",
                "--disable-component-update",
                # one site and no graphics card: fewer processes that talk to one another
                "--in-process-gpu",
                "--disable-gpu-compositing",
                "--disable-features=site-per-process,IsolateOrigins,SpareRendererForSitePerProcess",
            ],
        )
        yield started
        started.close()


@pytest.fixture(autouse=True)
def _books_of_the_test_go(request: pytest.FixtureRequest) -> Iterator[None]:
    """The books let nobody empty their tables: what a test has committed goes before the tables are emptied after it."""
    marker = request.node.get_closest_marker("django_db")
    marked = marker is not None and (marker.kwargs.get("transaction") or bool(marker.args and marker.args[0]))
    if not marked and {"transactional_db", "live_server"}.isdisjoint(request.fixturenames):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    from guangsha.testing.ledger import wipe_books

    wipe_books()


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    """The named cast: agencies, one account per role, citizens (guangsha.testing.cast)."""
    from guangsha.testing.cast import build_cast

    yield build_cast()


@pytest.fixture
def actor_of() -> Callable[[Account], Actor]:
    """The actor of an account, as a page would have it."""
    from guangsha.people.actors import build_actor

    return build_actor
