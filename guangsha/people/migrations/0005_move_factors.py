"""Devices and recovery codes of django-otp's own tables move into the sealed one; the plain tables go."""

from typing import Any

from django.db import migrations

OLD = ("otp_totp_totpdevice", "otp_static_statictoken", "otp_static_staticdevice")


def move(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    there = set(connection.introspection.table_names())
    if not there.issuperset(OLD):
        return
    device = apps.get_model("people", "FactorDevice")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.user_id, t.token FROM otp_static_statictoken t "
            "JOIN otp_static_staticdevice d ON d.id = t.device_id ORDER BY t.id"
        )
        codes: dict[int, list[str]] = {}
        for account, code in cursor.fetchall():
            codes.setdefault(account, []).append(code)
        cursor.execute(
            "SELECT user_id, name, confirmed, key, drift, last_t FROM otp_totp_totpdevice ORDER BY id DESC"
        )
        seen = set()
        for account, name, confirmed, key, drift, last_t in cursor.fetchall():
            if (account, bool(confirmed)) in seen:
                continue
            seen.add((account, bool(confirmed)))
            device.objects.create(
                user_id=account,
                name=name,
                confirmed=bool(confirmed),
                key=key,
                drift=drift,
                last_t=last_t,
                recovery=" ".join(codes.get(account, [])) if confirmed else "",
            )
    for table in OLD:
        schema_editor.execute(f"DROP TABLE {table}")


class Migration(migrations.Migration):
    dependencies = [("people", "0004_sealed_factors")]

    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
