"""Pictures lose what the camera noted, and nothing else."""

import io

import pytest
from PIL import Image, ImageOps

from capture.quick.pictures import without_notes

GPS, MAKE, ORIENTATION = 0x8825, 0x010F, 0x0112
XMP = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>exif:GPSLatitude=53,4.5N</x:xmpmeta>"


def photo(*, orientation: int | None = 6, **options) -> bytes:
    """Return a picture of 40 × 20 as a phone takes it: with its place, its maker and its turn."""
    picture = Image.linear_gradient("L").resize((40, 20)).convert("RGB")
    exif = Image.Exif()
    exif[MAKE] = "Telefonbauer"
    if orientation:
        exif[ORIENTATION] = orientation
    exif.get_ifd(GPS).update({1: "N", 2: (53.0, 4.0, 30.0), 3: "E", 4: (8.0, 48.0, 6.0)})
    file = io.BytesIO()
    picture.save(file, "JPEG", exif=exif, **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def pixels(data: bytes) -> bytes:
    return ImageOps.exif_transpose(opened(data)).tobytes()


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("progressive", [False, True])
def test_place_and_device_go_and_the_picture_stands_as_it_was(orientation, progressive):
    taken = photo(orientation=orientation, progressive=progressive)

    kept = without_notes(taken)

    assert dict(opened(taken).getexif().get_ifd(GPS)) != {}
    exif = opened(kept).getexif()
    assert dict(exif) == ({ORIENTATION: orientation} if orientation > 1 else {})
    assert dict(exif.get_ifd(GPS)) == {}
    assert b"Telefonbauer" not in kept
    assert pixels(kept) == pixels(taken)


def test_notes_of_programs_and_what_stands_behind_the_picture_go_too():
    taken = photo(orientation=None, xmp=XMP[29:]) + b"ftypmp42 a short film with its own place"

    kept = without_notes(taken)

    assert b"GPSLatitude" in taken
    assert b"GPSLatitude" not in kept
    assert kept.endswith(b"\xff\xd9")
    assert pixels(kept) == pixels(taken)


@pytest.mark.parametrize("length", range(0, 700, 7))
def test_a_picture_that_was_cut_off_breaks_nothing(length):
    cut = photo()[:length]

    assert len(without_notes(cut)) <= len(cut)


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7 card", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0" + b"x" * 100, b""]
)
def test_what_is_no_whole_jpeg_stays_as_it_is(data):
    assert without_notes(data) == data
