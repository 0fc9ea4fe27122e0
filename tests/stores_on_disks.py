"""Stores on disks that fill up, turn read-only or lose power. Run as root under `unshare --mount`:

    unshare --mount python stores_on_disks.py SCENARIO FOLDER [ARGUMENT …]

Each scenario mounts file systems of its own in FOLDER and prints what it saw as one JSON object.
"""

import contextlib
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import stores

from agent.store.store import Store, StoreError

IMAGE_BYTES = 24 * 1024 * 1024


def disk_full(folder: Path, ballast: str = "ballast") -> dict[str, Any]:
    """Fill a tmpfs to the last byte under an open store, write on, then grow it."""
    _mount("-t", "tmpfs", "-o", "size=8m", "tmpfs", folder)
    store = Store.open(folder / "state", stores.PROCEDURE)
    if ballast == "none":
        (folder / "state" / "ballast").unlink()
    _fill(folder / "hog")
    acked, refusals = _write(store, 3000)
    recorded = [event.body["code"] for event in store.events("store.refused")]
    problem, readable = store.problem, len(store.latest())
    trim_code = _code(lambda: store.trim(10_000))
    _mount("-o", "remount,size=24m", folder)
    more, later = _write(store, 50)
    healed = [event.body for event in store.events("store.recovered")]
    kept = {event.seq for event in store.events("test.write")}
    seen = {
        "acked": len(acked),
        "refusals": sorted(set(refusals)),
        "recorded": recorded,
        "problem": problem,
        "readable": readable,
        "trim": trim_code,
        "more": len(more),
        "later_refusals": later,
        "healed": healed,
        "problem_after": store.problem,
        "lost": len(set(acked + more) - kept),
        "is_whole": store.verify().is_whole,
        "ballast": (folder / "state" / "ballast").exists(),
    }
    store.close()
    return seen


def read_only_at_start(folder: Path) -> dict[str, Any]:
    """Open a store that was closed well on a file system that is read-only now, then make it writable."""
    _mount("-t", "tmpfs", "-o", "size=8m", "tmpfs", folder)
    stores.filled(folder / "state")
    _mount("-o", "remount,ro", folder)
    store = Store.open(folder / "state", stores.PROCEDURE, reopen_s=0.0)
    refused = _code(lambda: store.append("test.write", "test", {}))
    events = len(store.events())
    problem = store.problem
    _mount("-o", "remount,rw", folder)
    store.append("test.write", "test", {})
    seen = {
        "refused": refused,
        "problem": problem,
        "events": events,
        "problem_after": store.problem,
        "healed": [event.body["code"] for event in store.events("store.recovered")],
        "is_whole": store.verify().is_whole,
    }
    store.close()
    return seen


def read_only_while_open(folder: Path) -> dict[str, Any]:
    """Make the files immutable under an open store on ext4, then mutable again."""
    image = folder / "image"
    _mount_new_image(image, folder / "disk")
    state_dir = folder / "disk" / "state"
    store = Store.open(state_dir, stores.PROCEDURE, reopen_s=0.0)
    acked, _ = _write(store, 20)
    files = (state_dir / "deskready.db", state_dir / "deskready.db-wal")
    _run("chattr", "+i", *files)
    none, refusals = _write(store, 5)
    problem, readable = store.problem, len(store.latest())
    _run("chattr", "-i", *files)
    more, later = _write(store, 20)
    kept = {event.seq for event in store.events("test.write")}
    seen = {
        "acked": [len(acked), len(none), len(more)],
        "refusals": refusals,
        "later_refusals": later,
        "problem": problem,
        "problem_after": store.problem,
        "readable": readable,
        "lost": len(set(acked + more) - kept),
        "is_whole": store.verify().is_whole,
    }
    store.close()
    _run("umount", folder / "disk")
    return seen


def disk_fails(folder: Path) -> dict[str, Any]:
    """Let ext4 give up, as it does after an error of the disk, under an open store; then mount it anew."""
    image, disk = folder / "image", folder / "disk"
    _mount_new_image(image, disk)
    store = Store.open(disk / "state", stores.PROCEDURE, reopen_s=0.0)
    acked, _ = _write(store, 20)
    with contextlib.suppress(subprocess.CalledProcessError):  # it tells of the error that it was asked for
        _mount("-o", "remount,abort", disk)
    more, refusals = _write(store, 20)
    problem = store.problem
    store.close()
    _run("umount", disk)
    _mount("-o", "loop", image, disk)
    lost, broken = stores.judge(disk / "state", acked + more)
    _run("umount", disk)
    return {
        "acked": len(acked + more),
        "refusals": sorted(set(refusals)),
        "problem": problem,
        "lost": lost,
        "broken": broken,
    }


def power_cuts(folder: Path, count: str, synchronous: str, autocheckpoint: str) -> dict[str, Any]:
    """Copy the disk as it lies under a running writer, again and again, and open the store on the copy."""
    chance = random.Random(11)  # noqa: S311  reproducible
    seen = {"cuts": 0, "after_ack": 0, "acked": 0, "lost": 0, "cuts_with_loss": 0}
    broken: list[str] = []
    for _ in range(int(count)):
        acked, lost, found = _power_cut(folder, chance.uniform(0.03, 0.3), synchronous, autocheckpoint)
        seen["cuts"] += 1
        seen["after_ack"] += bool(acked)
        seen["acked"] += acked
        seen["lost"] += lost
        seen["cuts_with_loss"] += bool(lost)
        broken += found
    return {**seen, "broken": broken}


def _power_cut(
    folder: Path, after_s: float, synchronous: str, autocheckpoint: str
) -> tuple[int, int, list[str]]:
    image, copy, disk = folder / "image", folder / "copy", folder / "disk"
    _mount_new_image(image, disk)
    writer = stores.Writer(disk / "state", synchronous, autocheckpoint)
    time.sleep(after_s)
    writer.stop()
    shutil.copyfile(image, copy)  # what the disk holds: the page cache of its file system is not in it
    acked = writer.kill()
    _run("umount", disk)
    _mount("-o", "loop", copy, disk)
    try:
        lost, broken = stores.judge(disk / "state", acked)
    finally:
        _run("umount", disk)
    return len(acked), lost, broken


def _write(store: Store, count: int) -> tuple[list[int], list[str]]:
    acked, refusals = [], []
    for _ in range(count):
        try:
            with store.transaction() as tx:
                seq = tx.append("test.write", "test", {"text": "x" * 1500})
                tx.save(stores.results(1, seq))
            acked.append(seq)
        except StoreError as refusal:
            refusals.append(refusal.code)
    return acked, refusals


def _code(call: Callable[[], object]) -> str | None:
    try:
        call()
    except StoreError as refusal:
        return refusal.code
    return None


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            pass


def _mount_new_image(image: Path, at: Path) -> None:
    at.mkdir(exist_ok=True)
    with image.open("wb") as file:
        file.truncate(IMAGE_BYTES)
    _run("mkfs.ext4", "-q", "-F", image)
    _mount("-o", "loop", image, at)


def _mount(*arguments: object) -> None:
    _run("mount", *arguments)


def _run(*argv: object) -> None:
    subprocess.run([str(part) for part in argv], check=True, capture_output=True, timeout=30)


SCENARIOS: dict[str, Callable[..., dict[str, Any]]] = {
    "disk_full": disk_full,
    "read_only_at_start": read_only_at_start,
    "read_only_while_open": read_only_while_open,
    "disk_fails": disk_fails,
    "power_cuts": power_cuts,
}

if __name__ == "__main__":
    print(json.dumps(SCENARIOS[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])))
