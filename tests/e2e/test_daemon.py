"""The daemon as IT meets it: signals, a second one, taken ports, bad settings, full disks, hung tools."""

import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.store.reader import read_only

pytestmark = [pytest.mark.root, pytest.mark.slow]
SHIPPED = Path(__file__).parents[2] / "config" / "procedure.toml"


def _red(desk):
    return desk.metric('deskready_verdict{verdict="red"}')


def test_sigterm_ends_it_with_0_and_frees_the_state_folder(desk):
    with desk.daemon() as daemon:
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(5) == 0
    assert not (desk.state / "control.sock").exists()
    assert desk.run("ready", "--json").returncode in {0, 1}
    assert stat.S_IMODE(desk.state.stat().st_mode) == 0o700
    assert stat.S_IMODE((desk.state / "deskready.db").stat().st_mode) == 0o600


def test_a_second_daemon_is_75_and_the_first_goes_on(desk):
    with desk.daemon() as daemon:
        second = desk.run("run")
        assert second.returncode == 75
        assert str(daemon.pid) in second.stderr.decode()
        assert desk.run("status", "--json").returncode in {0, 1, 2, 3}
        assert daemon.poll() is None


HOLDER = """
import sys, time
from pathlib import Path
from agent.store.lock import StateLock
Path(sys.argv[1]).mkdir(exist_ok=True)
lock = StateLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(float(sys.argv[2]))
"""


@pytest.mark.parametrize(("held_s", "statuses"), [("2", {0, 1}), ("30", {75})])
def test_a_lock_without_a_daemon_that_answers_is_waited_for_a_while(desk, held_s, statuses):
    """A daemon takes its lock before it opens its socket; who asks in between must not be turned away."""
    holder = desk.box.popen([sys.executable, "-c", HOLDER, str(desk.state), held_s], stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"held\n"
    assert desk.run("ready", "--json").returncode in statuses
    holder.kill()
    holder.wait(5)


def test_a_killed_daemon_leaves_nothing_that_stops_the_next(desk):
    with desk.daemon() as daemon:
        desk.run("ready", "--confirm")
        daemon.kill()
        daemon.wait(5)
    with desk.daemon():
        codes = desk.run("ready", "--json").stdout.decode()
        assert "to_confirm" not in codes  # what was acknowledged is there
    assert read_only(desk.state / "deskready.db").verify().is_whole


def test_the_page_after_a_restart_is_grey_until_something_was_measured(desk):
    with desk.daemon():
        pass
    kept = (desk.state / "metrics.last").read_text()
    assert 'deskready_verdict{verdict="grey"} 1.0' in kept
    assert 'deskready_verdict{verdict="green"} 1.0' not in kept


def test_a_taken_port_is_tried_again_while_the_checks_go_on(desk, box):
    holder = box.popen(
        [sys.executable, "-c", "import socket,time;s=socket.create_server(('127.0.0.1',9842));time.sleep(60)"]
    )
    time.sleep(0.5)
    log = (desk.folder / "daemon.log").open("wb")
    daemon = box.popen(desk.argv("run"), stdout=log, stderr=log)
    try:
        desk.wait_for(
            lambda: (
                desk.run("status", "--json").returncode in {0, 1, 2}
                or b'"checked"' in desk.run("status", "--json").stdout
            ),
            10,
        )
        assert "in use" in desk.log
        holder.kill()
        holder.wait(5)
        desk.wait_for(lambda: desk.metric("deskready_coverage_ratio") is not None, 10)
    finally:
        daemon.terminate()
        daemon.wait(10)
        log.close()


def test_the_light_turns_red_and_green_again_with_the_cable(desk, box):
    with desk.daemon():
        box.cut_link()
        desk.wait_for(lambda: _red(desk) == 1.0, 50)
        assert desk.metric('deskready_fault{code="NET_LINK_DOWN"') == 1.0
        assert desk.metric('deskready_fault{code="NET_GATEWAY"') is None
        box.restore_link()
        desk.wait_for(lambda: _red(desk) == 0.0, 50)


def test_hot_reload_takes_good_settings_and_keeps_the_old_for_bad_ones(desk):
    with desk.daemon() as daemon:
        good = desk.settings.read_text()
        desk.settings.write_text(good + '[[printer]]\nname = "front"\nhost = "10.77.0.99"\n')
        daemon.send_signal(signal.SIGHUP)
        desk.wait_for(lambda: 'device="printer:front"' in desk.metrics(), 30)
        desk.settings.write_text(good.replace("[station]", "[stations]"))
        daemon.send_signal(signal.SIGHUP)
        desk.wait_for(lambda: desk.metric("deskready_config_last_reload_successful") == 0.0, 20)
        assert "stations" in desk.log
        assert 'device="printer:front"' in desk.metrics()
        desk.settings.write_text(good)
        daemon.send_signal(signal.SIGHUP)
        desk.wait_for(lambda: desk.metric("deskready_config_last_reload_successful") == 1.0, 20)
        assert 'device="printer:front"' not in desk.metrics()


def test_hot_reload_takes_a_company_overlay_and_refuses_a_bad_one(desk):
    folder = desk.folder / "procedure.d"
    folder.mkdir()
    with desk.daemon() as daemon:
        full = '[[check]]\nid = "computer.disk_space"\nparams = { warn_pct = 100, warn_clear_pct = 100 }\n'
        (folder / "company.toml").write_text(full)
        daemon.send_signal(signal.SIGHUP)
        desk.wait_for(lambda: "reloaded" in desk.log, 20)
        assert desk.run("check", "computer.disk_space", "--json").returncode == 1
        (folder / "company.toml").write_text(full.replace("warn_pct", "warn_pckt"))
        daemon.send_signal(signal.SIGHUP)
        desk.wait_for(lambda: desk.metric("deskready_config_last_reload_successful") == 0.0, 20)
        assert desk.run("check", "computer.disk_space", "--json").returncode == 1


def test_a_tool_that_hangs_delays_nobody_and_leaves_no_process(desk):
    tools = desk.folder / "bin"
    tools.mkdir()
    hanging = tools / "scanimage"
    hanging.write_text("#!/bin/sh\nsleep 300 &\nsleep 300\n")
    hanging.chmod(0o755)
    desk.settings.write_text(desk.settings.read_text().replace("enabled = false", "enabled = true"))
    path = f"PATH={tools}:{os.environ['PATH']}"
    with desk.daemon(command=("env", path)):
        desk.wait_for(
            lambda: (
                desk.metric(
                    'deskready_check_state{check="scanner.present",device="scanner:front",state="unknown"}'
                )
                == 1.0
            ),
            30,
        )
        assert (
            desk.metric('deskready_check_state{check="network.gateway",device="network",state="ok"}') == 1.0
        )
    # while the daemon lives it may be trying again; once it has ended nothing may be left
    desk.wait_for(lambda: subprocess.run(["pgrep", "-f", str(hanging)], check=False).returncode == 1, 10)


def test_a_full_disk_is_seen_survived_and_healed(desk, box):
    desk.state.mkdir()
    box.on_desk(f"mount -t tmpfs -o size=3m tmpfs {desk.state}")
    with desk.daemon():
        box.on_desk(f"dd if=/dev/zero of={desk.state}/fill bs=64k count=200 2>/dev/null || true")
        desk.wait_for(lambda: desk.metric("deskready_store_writable") == 0.0, 60)
        assert desk.metric('deskready_check_state{check="network.link",device="network",state="ok"}') == 1.0
        answer = desk.run("ready", "--json", "--confirm")
        assert answer.returncode != 0  # an answer that cannot be kept is refused, not believed
        box.on_desk(f"rm {desk.state}/fill")
        desk.wait_for(lambda: desk.metric("deskready_store_writable") == 1.0, 60)


def test_healthz_and_no_listener_at_all(desk):
    with desk.daemon():
        code = (
            "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9842/healthz', timeout=3).read())"
        )
        assert b"ok" in desk.box.run([sys.executable, "-I", "-S", "-c", code]).stdout
    desk.settings.write_text(desk.settings.read_text() + "[metrics]\nenabled = false\n")
    child = desk.box.popen(desk.argv("run"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    desk.wait_for(lambda: desk.run("status", "--json").stdout != b"", 10)
    assert desk.metrics() == ""
    child.terminate()
    assert child.wait(10) == 0


def test_a_slow_client_does_not_delay_a_scrape(desk, box):
    with desk.daemon():
        slow = (
            "import socket,time\ns=[socket.create_connection(('127.0.0.1',9842)) for _ in range(20)]\n"
            "for x in s: x.send(b'GET /metr')\nprint('up',flush=True)\ntime.sleep(20)"
        )
        loris = box.popen([sys.executable, "-I", "-S", "-c", slow], stdout=subprocess.PIPE)
        loris.stdout.readline()
        started = time.monotonic()
        assert desk.metric("deskready_coverage_ratio") is not None
        assert time.monotonic() - started < 3
        loris.kill()
        loris.wait(5)


@pytest.mark.parametrize("step_h", [-24, 24])
def test_a_stepped_wall_clock_neither_misses_nor_doubles_runs(desk, step_h):
    stamp = desk.folder / "step"
    stamp.write_text("+0")
    fake = (
        "env",
        "LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
        f"FAKETIME_TIMESTAMP_FILE={stamp}",
        "FAKETIME_NO_CACHE=1",
        "FAKETIME_DONT_FAKE_MONOTONIC=1",
    )
    with desk.daemon(command=fake):
        stamp.write_text(f"{step_h:+d}h")
        before = _changes(desk)
        time.sleep(34)
        runs = _changes(desk)
        assert runs != before
        after = desk.metric('deskready_check_last_run_timestamp_seconds{check="network.link"')
        assert abs(after - (time.time() + step_h * 3600)) < 25
        assert _red(desk) == 0.0


def _changes(desk):
    return desk.metric('deskready_check_last_run_timestamp_seconds{check="network.link"')


def test_start_is_refused_beyond_loopback_without_tls_and_secret(desk):
    desk.settings.write_text(desk.settings.read_text() + '[metrics]\nlisten = "0.0.0.0:9842"\n')
    done = desk.run("run")
    assert done.returncode == 78
    assert re.search(r"tls|TLS", done.stderr.decode())


def test_a_secret_that_others_can_read_refuses_the_start(desk):
    folder = desk.folder / "secrets"
    folder.mkdir()
    (folder / "metrics").write_text("x" * 32)
    (folder / "metrics").chmod(0o644)
    desk.settings.write_text(desk.settings.read_text() + '[metrics]\nauth = "secret:metrics"\n')
    done = desk.run("run")
    assert done.returncode == 78
    assert "chmod" in done.stderr.decode()
    assert b"x" * 32 not in done.stderr


def test_the_control_socket_answers_its_own_user_only(desk):
    with desk.daemon():
        code = (
            "import os,socket,sys\nos.setuid(65534)\ns=socket.socket(socket.AF_UNIX)\n"
            f"s.connect({str(desk.state / 'control.sock')!r})"
        )
        done = desk.box.run([sys.executable, "-I", "-S", "-c", code])
        assert done.returncode != 0
        assert b"PermissionError" in done.stderr
