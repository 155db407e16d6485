import json
import os

from django.core.management import call_command

from tests.factories import make_user


def prepared(**options: object) -> dict[str, object]:
    reading, writing = os.pipe()
    with os.fdopen(reading) as pipe:
        call_command("prepare", result=writing, **options)
        return json.load(pipe)


def test_the_first_start_tells_the_way_in_to_whoever_asked(db, capsys):
    told = prepared()

    (line,) = told["lines"]
    assert line.startswith("Set it up here, once: http://127.0.0.1:8000/setup/")
    assert told["is_demo"] is False
    assert capsys.readouterr().out == ""


def test_later_starts_tell_no_way_in(db):
    make_user()

    assert prepared() == {"is_demo": False, "lines": []}
