"""Long work of the register, done by ``guangsha work``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone
from django_tasks import task

from guangsha.areas.registry.actions import apply_import, break_off, check_taken, refuse_import
from guangsha.areas.registry.models import ImportBatch
from guangsha.kernel.errors import InputError
from guangsha.notify.actions import tell
from guangsha.people.actors import build_actor
from guangsha.people.models import Account


def _news(batch_id: int, account: Account, what: str, subject: str, body: str) -> None:
    tell(
        account, subject=subject, body=body, key=f"import:{batch_id}:{what}:{account.pk}", link=f"/office/imports/{batch_id}/",
        channels=("inbox",),
    )  # fmt: skip


@contextmanager
def _told_when_broken(batch_id: int, account: Account, subject: str, body: str) -> Iterator[None]:
    """Whoever waits for it hears that it was broken off."""
    try:
        yield
    except Exception:
        break_off(batch_id)
        moment = f"{timezone.now():%Y%m%d%H%M%S}"
        _news(batch_id, account, moment, subject, f"{body}仍不行的，请联系系统管理员。")
        raise


@task()
def run_check(batch_id: int, account_id: int) -> str:
    """Check an uploaded workbook as the person who uploaded it; queued again after a kill, it begins anew."""
    account = Account.objects.get(pk=account_id)
    with _told_when_broken(batch_id, account, "导入校验中断", "没有写入档案，请重新上传。"):
        try:
            batch = check_taken(build_actor(account), batch_id)
        except InputError as error:
            return f"不能使用：{error}"
        except Exception:
            refuse_import(
                build_actor(account), batch_id, "校验程序出错，请重新上传；仍不行的，请联系系统管理员。"
            )
            raise
    return f"校验 {batch.rows} 行"


@task()
def run_import(batch_id: int, account_id: int) -> str:
    """Apply a checked batch as the person who asked for it; queued again after a kill, it goes on."""
    account = Account.objects.get(pk=account_id)
    with _told_when_broken(batch_id, account, "批量导入中断", "已写入的行不受影响，请打开这一批继续导入。"):
        batch: ImportBatch = apply_import(build_actor(account), batch_id)
    _news(
        batch_id,
        account,
        "done",
        "批量导入完成",
        f"“{batch.file_name}”导入 {batch.done} 行，未导入 {batch.rows - batch.done} 行。",
    )
    return f"导入 {batch.done} 行"
