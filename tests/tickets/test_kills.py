"""kill -9 at random points, behind a proxy with eight kinds of faults, before a real Redmine and a real RT.

0 missing and 0 duplicate tickets for each key; a sender that retries without looking is the control. The
number of kills for both servers together: DESKREADY_TICKET_KILLS (60).
"""

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from fault_proxy import KINDS, FaultProxy, proxy
from ticket_desk import TicketDesk, note
from tickets import victim
from tickets.servers import Site

from agent.tickets import outbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]
KILLS = int(os.environ.get("DESKREADY_TICKET_KILLS", "60"))
STUCK_S = 300.0
MEAN_LIFE_S, LONGEST_LIFE_S = 1.2, 6.0  # some outlive the wait for what was on its way


@pytest.fixture(params=["redmine", "rt"])
def site(request: pytest.FixtureRequest) -> Site:
    found: Site = request.getfixturevalue(request.param)
    return found


def keys_on(site: Site) -> Counter[str]:
    """Count every ticket by key, closed ones too, straight from the server."""
    found: list[str] = []
    for page in range(1, 1000):
        if site.backend == "rt":
            query = {"query": "Queue = 'IT'", "fields": "CustomFields", "per_page": "100", "page": str(page)}
            tree = _get(site, "REST/2.0/tickets", query)
            some = [field["values"][:1] for item in tree["items"] for field in item["CustomFields"]]
        else:
            query = {"status_id": "*", "limit": "100", "offset": str(100 * (page - 1))}
            tree = _get(site, "issues.json", query)
            some = [[field["value"]] for item in tree["issues"] for field in item.get("custom_fields", ())]
        found += [key for keys in some for key in keys if key]
        if len(tree.get("items", tree.get("issues", ()))) < 100:
            break
    return Counter(found)


def _get(site: Site, path: str, query: dict[str, str]) -> Any:
    headers = {"X-Redmine-API-Key": site.secret, "Authorization": f"token {site.secret}"}
    answer = requests.get(f"{site.url}/{path}", headers=headers, params=query, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()


def one_life(folder: Path, site: dict[str, str], number: int, chance: random.Random) -> tuple[bool, str]:
    """Start the victim, let it live for a moment, kill it; with it, by lot, its child.

    Returns whether it had put its incident, and what was going on when it died.
    """
    argv = [sys.executable, victim.__file__, str(folder), json.dumps(site), str(number)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout
        ready, _, _ = select.select([process.stdout], [], [], 60)
        said = os.read(process.stdout.fileno(), 100) if ready else b""
        time.sleep(min(chance.expovariate(1 / MEAN_LIFE_S), LONGEST_LIFE_S))
        children = psutil.Process(process.pid).children()
        process.send_signal(signal.SIGKILL)
        if chance.random() < 0.5:
            for child in children:
                child.kill()
        process.wait()
    return said.startswith(b"put"), "child at work" if children else "no child"


def test_kills_and_faults_make_no_duplicate_and_lose_nothing(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, chance, when = keys_on(site), random.Random(site.backend), Counter[str]()  # noqa: S311  reproducible
    acked: list[str] = []
    with proxy(site.url, seed=7) as spoiler:
        behind = _behind(site, spoiler)
        for number in range(KILLS // 2):
            was_put, moment = one_life(tmp_path, behind, number, chance)
            acked += [f"K{number}"] * was_put
            when[moment] += 1
        spoiler.calm = True
        desk = victim.desk(tmp_path, behind)
        _drain(desk)
        states = Counter(state for *_, state in desk.states())
        desk.close()
    found = keys_on(site) - before
    with capsys.disabled():
        print(
            f"\n{site.backend}: {sum(when.values())} kills ({dict(when)}), {len(acked)} incidents;", end=" "
        )
        print(f"{dict(spoiler.seen)}; tickets by key {Counter(found.values())}, deliveries {dict(states)}")
    assert [name for name in acked if not found[note(name).key]] == []
    assert {key: count for key, count in found.items() if count > 1} == {}
    assert set(states) == {"delivered"}
    assert when["child at work"] > 0
    if KILLS >= 60:
        assert all(spoiler.seen[kind] for kind in KINDS)


def test_a_sender_that_does_not_look_makes_duplicates(
    redmine: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same faults before the same server, and a plain retry until the answer is 201."""
    before = keys_on(redmine)
    wanted = [note(f"N{number}").key for number in range(12)]
    with proxy(redmine.url, seed=7, slow_s=1.5) as spoiler:
        for key in wanted:
            _retry_until_created(redmine, spoiler, key)
    found = keys_on(redmine) - before
    with capsys.disabled():
        print(f"\nplain retry: {sum(found.values())} tickets for {len(wanted)} incidents")
    assert sum(found.values()) > len(wanted)


def _retry_until_created(site: Site, spoiler: FaultProxy, key: str) -> None:
    issue = {"project_id": "it", "subject": "plain", "custom_fields": [{"id": site.key_field, "value": key}]}
    headers = {"X-Redmine-API-Key": site.secret}
    for _ in range(50):
        try:
            answer = requests.post(
                f"{spoiler.url}/issues.json", headers=headers, json={"issue": issue}, timeout=1
            )
            if answer.status_code == 201 and answer.json():
                return
        except (requests.RequestException, ValueError):
            continue
    raise AssertionError("never created")


def _behind(site: Site, spoiler: FaultProxy) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(replace(site, url=spoiler.url)).items()}


def _drain(desk: TicketDesk) -> None:
    """Turn until nothing waits; however slow the server is, something must have gone every few minutes."""
    waiting, moved_s = _waiting(desk), time.monotonic()
    while waiting:
        time.sleep(min(desk.sender.turn(), 0.2))
        if (now := _waiting(desk)) != waiting:
            waiting, moved_s = now, time.monotonic()
        assert time.monotonic() - moved_s < STUCK_S, (outbox.depth(desk.store), desk.sender.problems())


def _waiting(desk: TicketDesk) -> int:
    return sum(one.count for one in outbox.depth(desk.store) if one.state in ("pending", "sending"))
