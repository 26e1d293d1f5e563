"""A photograph is kept without where, when and by what it was taken, and still shows the same."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from guangsha.areas.stock.pictures import plain_picture
from guangsha.kernel.errors import InputError


def photograph() -> bytes:
    taken = Image.new("RGB", (32, 24), "#8fb1dc")
    exif = Image.Exif()
    exif[0x0110] = "PHONE-9"
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    taken.save(out, "JPEG", exif=exif, comment=b"by PHONE-9")
    return out.getvalue()


def test_a_photograph_loses_its_data_and_keeps_its_picture() -> None:
    data = photograph()
    plain, media = plain_picture(data)
    assert media == "image/jpeg"
    assert b"PHONE-9" in data and b"PHONE-9" not in plain
    assert not Image.open(io.BytesIO(plain)).getexif()
    assert Image.open(io.BytesIO(plain)).tobytes() == Image.open(io.BytesIO(data)).tobytes()


def test_a_drawing_loses_its_words() -> None:
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", "PHONE-9")
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG", pnginfo=words)
    plain, media = plain_picture(out.getvalue())
    assert media == "image/png" and b"PHONE-9" not in plain
    assert Image.open(io.BytesIO(plain)).getpixel((0, 0)) == (255, 0, 0)


@given(st.integers(2, 600), st.binary(max_size=40))
def test_a_damaged_picture_is_refused_or_read_never_a_crash(cut: int, tail: bytes) -> None:
    try:
        plain_picture(photograph()[:cut] + tail)
    except InputError as error:
        assert "图片" in str(error) or "JPG" in str(error)


def test_other_files_are_refused() -> None:
    with pytest.raises(InputError, match="只收 JPG 和 PNG"):
        plain_picture(b"%PDF-1.7")
