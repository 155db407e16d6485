import subprocess
import sys
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from leadcrm import metric_files
from leadcrm.metric_files import keep_counts_of, make_folder

_COUNT = """
import os
from prometheus_client import Counter, Histogram
Counter("posts", "x", ["outcome"]).labels("200").inc(3)
Histogram("took", "x", buckets=(1, 2)).observe(1.5)
print(os.getpid())
"""


def count_in_a_process(folder: Path) -> int:
    printed = subprocess.run(
        [sys.executable, "-c", _COUNT],
        env={"PROMETHEUS_MULTIPROC_DIR": str(folder)},
        check=True,
        capture_output=True,
        text=True,
    )
    return int(printed.stdout)


def figures(folder: Path) -> list[str]:
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(folder))
    return sorted(generate_latest(registry).decode().splitlines())


def test_what_dead_workers_counted_stays_and_their_files_go(tmp_path):
    pids = [count_in_a_process(tmp_path) for _number in range(3)]
    before = figures(tmp_path)

    for pid in pids[:2]:
        keep_counts_of(pid, tmp_path)
        keep_counts_of(pid, tmp_path)

    assert 'posts_total{outcome="200"} 9.0' in before
    assert figures(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["counter_0.db", "histogram_0.db", f"counter_{pids[2]}.db", f"histogram_{pids[2]}.db"]
    )


def test_the_folder_is_in_memory_empty_and_closed_to_others(tmp_path, monkeypatch):
    monkeypatch.setattr(metric_files, "MEMORY", tmp_path / "shm")
    (tmp_path / "shm").mkdir()

    folder = make_folder(tmp_path / "var")
    (folder / "counter_1.db").touch()
    again = make_folder(tmp_path / "var")

    assert (folder.parent, again) == (tmp_path / "shm", folder)
    assert (list(again.iterdir()), again.stat().st_mode & 0o777) == ([], 0o700)
    assert make_folder(tmp_path / "other") != folder


def test_where_somebody_was_first_or_there_is_no_memory_the_disk_will_do(tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(metric_files, "MEMORY", tmp_path / "shm")
    without = make_folder(tmp_path / "var")
    (tmp_path / "shm").mkdir()
    taken = make_folder(tmp_path / "var")
    taken.rmdir()
    taken.symlink_to(elsewhere)

    assert without == tmp_path / "var/metrics"
    assert make_folder(tmp_path / "var") == tmp_path / "var/metrics"
    assert elsewhere.is_dir()
