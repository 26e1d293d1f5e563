"""A draw as a folder, through the command line: frozen, run once, resumed, verified."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from guangsha.cli.main import main
from guangsha.draw import escrow, pack
from guangsha.draw.tests.packs import INPUTS, NT, OP, VECTOR, many
from guangsha.kernel.errors import InputError

E1, E2 = VECTOR["e1"], VECTOR["e2"]


@pytest.fixture
def sources(tmp_path: Path) -> list[str]:
    for name, data in INPUTS.items():
        (tmp_path / name).write_bytes(data)
    return [str(tmp_path / name) for name in ("roster.csv", "units.csv", "rules.json")]


def freeze(sources: list[str], out: Path, *more: str) -> int:
    return main(["draw", "freeze", *sources, "--draw-id", "TEST-2026-001", "--out", str(out), *more])


def run(out: Path, *more: str, op: str = "op.secret", e1: str = E1, e2: str = E2) -> int:
    secrets = out.with_name(out.name + ".secrets")
    return main(["draw", "run", str(out), "--e1", e1, "--e2", e2, "--op", str(secrets / op), "--nt", str(secrets / "nt.secret"), *more])  # fmt: skip


def test_from_files_to_a_verdict(
    tmp_path: Path, sources: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "pack"
    assert freeze(sources, out) == 0
    frozen = json.loads(capsys.readouterr().out)
    assert frozen["h_roster"] == VECTOR["expect"]["h_roster"]
    secrets = sorted((tmp_path / "pack.secrets").iterdir())
    assert [p.name for p in secrets] == ["nt.secret", "op.secret"]
    assert {stat.S_IMODE(p.stat().st_mode) for p in secrets} == {0o600}
    published = b"".join(p.read_bytes() for p in out.iterdir())
    for path in secrets:
        assert path.read_text().split()[2].encode() not in published
    assert main(["draw", "verify", str(out)]) == 2  # not drawn yet
    assert run(out, e1="") == 2
    assert "E1" in capsys.readouterr().err
    assert run(out, op="nt.secret") == 2
    assert run(out) == 0
    capsys.readouterr()
    assert main(["draw", "verify", str(out), "--json", "--entry", "T-0003"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["verdict"], said["entries"], said["units"], said["entry"]["entry_no"]) == (
        "ok",
        6,
        3,
        "T-0003",
    )
    assert run(out) == 2
    assert "只摇一次" in capsys.readouterr().err
    assert freeze(sources, out) == 2
    (out / "result.csv").write_bytes((out / "result.csv").read_bytes().replace(b"selector", b"none", 1))
    assert main(["draw", "verify", str(out)]) == 1
    assert "result.csv 第 2 行" in capsys.readouterr().err


def test_a_roster_edited_after_the_freeze_is_not_drawn(tmp_path: Path, sources: list[str], capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    out = tmp_path / "pack"
    freeze(sources, out)
    (out / "roster.csv").write_bytes(INPUTS["roster.csv"].replace(b"T-0004,B,2", b"T-0004,B,1"))
    assert run(out) == 2
    assert "冻结后被改动" in capsys.readouterr().err
    assert not (out / "draw.json").exists()


@pytest.mark.parametrize("by", ["key", "password"])
def test_the_escrow_copy_opens_when_a_holder_does_not(tmp_path: Path, sources: list[str], by: str, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    private = rsa.generate_private_key(65537, 2048)
    (tmp_path / "private.pem").write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    (tmp_path / "public.pem").write_bytes(
        private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    (tmp_path / "password").write_text("第三方自己的长口令，无人知道\n", encoding="utf-8")
    seal, opened = {
        "key": (
            ["--escrow-key", str(tmp_path / "public.pem")],
            ["--escrow-key", str(tmp_path / "private.pem")],
        ),
        "password": (["--escrow-password-file", str(tmp_path / "password")],) * 2,
    }[by]
    out = tmp_path / "pack"
    assert freeze(sources, out, *seal) == 0
    held = (tmp_path / "pack.secrets" / "op.secret").read_text().split()[2]
    capsys.readouterr()
    sealed = str(tmp_path / "pack.secrets" / "op.escrow")
    assert main(["draw", "open", sealed, "--draw-id", "TEST-2026-001", "--holder", "OP", *opened]) == 0
    assert json.loads(capsys.readouterr().out)["secret"] == held
    assert main(["draw", "open", sealed, "--draw-id", "TEST-2026-002", "--holder", "OP", *opened]) == 2
    (tmp_path / "pack.secrets" / "op.secret").unlink()
    assert run(out, op="op.escrow") == 2  # shut
    assert run(out, *opened, op="nt.escrow") == 2  # the other holder's
    assert run(out, *opened, op="op.escrow") == 0
    assert main(["draw", "verify", str(out)]) == 0


def test_a_sealed_secret_of_another_draw_does_not_open() -> None:
    sealed = escrow.seal_with_password(OP, draw_id="A", holder="OP", password="a long password")
    assert escrow.open_sealed(sealed, draw_id="A", holder="OP", password="a long password") == OP
    for how in ({"draw_id": "B", "holder": "OP"}, {"draw_id": "A", "holder": "NT"}):
        with pytest.raises(InputError, match="打不开"):
            escrow.open_sealed(sealed, password="a long password", **how)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="打不开"):
        escrow.open_sealed(b"[" * 9000, draw_id="A", holder="OP", password="x")


def test_a_run_that_was_cut_short_goes_on_with_the_same_values_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    now = datetime(2026, 5, 20, 2, 0, tzinfo=UTC)
    out = tmp_path / "pack"
    tokens = iter((OP, NT))
    pack.freeze(
        many(30, 6), draw_id="D-1", out=out, secrets_dir=tmp_path / "s", now=now, token=lambda _: next(tokens)
    )
    write, cut = pack._write, {"after": 3}

    def until_the_power_fails(path: Path, data: bytes, *, mode: int = 0o644) -> None:
        cut["after"] -= 1
        if cut["after"] < 0:
            raise KeyboardInterrupt
        write(path, data, mode=mode)

    monkeypatch.setattr(pack, "_write", until_the_power_fails)
    with pytest.raises(KeyboardInterrupt):
        pack.run(out, e1=E1, e2=E2, op=OP, nt=NT, now=now)
    monkeypatch.setattr(pack, "_write", write)
    assert not (out / "draw.json").exists()
    with pytest.raises(InputError, match="只能用同样的值继续"):
        pack.run(out, e1=E1, e2="LIVE:0,0,0,0,0,0", op=OP, nt=NT, now=now)
    pack.run(out, e1=E1, e2=E2, op=OP, nt=NT, now=now)
    log = [json.loads(line)["what"] for line in (out / "log.jsonl").read_text().splitlines()]
    assert log == ["started", "resumed", "computed"]
    assert json.loads((out / "log.jsonl").read_text().splitlines()[0])["at"] == "2026-05-20T10:00:00+08:00"
    assert main(["draw", "verify", str(out)]) == 0


def test_a_recorded_seed_draw_is_another_specification(tmp_path: Path, sources: list[str]) -> None:
    rules = Path(sources[2])
    rules.write_bytes(INPUTS["rules.json"].replace(b"HLD1", b"RSD1"))
    out = tmp_path / "pack"
    assert freeze(sources, out) == 0
    assert not (tmp_path / "pack.secrets").exists()
    digits = "LIVE:3,8,1,9,0,4,7,7"
    assert main(["draw", "run", str(out), "--e2", digits]) == 0
    record = json.loads((out / "draw.json").read_text())
    assert (record["spec"], "op" in record, record["e2"]) == ("RSD1", False, digits)
    assert main(["draw", "verify", str(out)]) == 0
    (out / "draw.json").write_text((out / "draw.json").read_text().replace('"RSD1"', '"HLD1"'))
    assert main(["draw", "verify", str(out)]) == 2


@pytest.mark.parametrize("broken", ["", "nowhere"])
def test_what_is_not_a_pack_gets_one_sentence(
    tmp_path: Path, broken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["draw", "verify", str(tmp_path / broken)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "Traceback" not in said
