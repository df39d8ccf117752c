"""What a backup that fails leaves, and what a drill's processes are not given."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from askorac.recovery import backups, drill
from askorac.recovery.dumping import DumpFailed

NOW = datetime(2026, 11, 30, 3, 10, tzinfo=UTC)
AWAY = "postgresql://orac_backup:word@127.0.0.1:9/askorac"


def test_backup_that_fails_leaves_nothing_of_itself_or_of_an_earlier_one(tmp_path: Path) -> None:
    for name, age in (("askorac-old.unfinished", 13), ("askorac-running.unfinished", 1)):
        (folder := tmp_path / name).mkdir()
        (folder / "database.dump").write_bytes(b"half")
        moment = (NOW - timedelta(hours=age)).timestamp()
        os.utime(folder, (moment, moment))
    (tmp_path / "askorac-20261129T031000Z").mkdir()
    with pytest.raises(DumpFailed):
        backups.make(url=AWAY, into=tmp_path, now=NOW)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["askorac-20261129T031000Z", "askorac-running.unfinished"]


def test_processes_of_a_drill_have_no_login_of_the_owner_in_any_form(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in drill.WITHHELD:
        monkeypatch.setenv(name, "postgresql://orac_owner:word@127.0.0.1/askorac")
        monkeypatch.setenv(f"{name}_FILE", "/etc/askorac/owner/database_owner_url")
    given = drill._environment("askorac_drill_1", tmp_path)
    told = {name: given[name] for name in given if name.startswith(drill.WITHHELD)}
    assert told == dict.fromkeys(drill.WITHHELD, "")
    assert given["DATABASE_URL"].endswith("/askorac_drill_1")
