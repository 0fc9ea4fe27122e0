"""`deskready tray`: one icon in the panel of one user. Shows glances, opens the page, passes on orders.

Qt draws it over StatusNotifierItem (D-Bus) or, where the panel has none, in the X11 system tray, and puts it
back when the panel or Windows Explorer starts again.
"""

import getpass
import hashlib
import os
import signal
import sys
import threading
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from PySide6.QtCore import (
    QLockFile,
    QMessageLogContext,
    QObject,
    QStandardPaths,
    QTimer,
    QtMsgType,
    QUrl,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon

from agent import clock, control
from agent.tray import late
from agent.tray.asking import Asking
from agent.tray.face import Heard, Shown, shown
from agent.tray.icons import icon
from agent.words import Lang, say
from config.messages import mark

EX_UNAVAILABLE, EX_RUNNING = 69, 75
LOOK_MS = 1000  # how soon after its end a glance is no longer believed
ORDER_WITHIN_S = 90.0
NOTICE_MS = 8_000


class Tray(QObject):
    """The icon. Its slots run in Qt's thread; `heard` and `failed` carry over from other threads."""

    heard = Signal(object)
    failed = Signal(str)
    opened = Signal(str)
    done = Signal()

    def __init__(self, state_dir: Path, lang: Lang) -> None:
        """Show grey until the first answer."""
        super().__init__()
        self._state_dir, self._lang = state_dir, lang
        self._newest = Heard()
        self._shown: Shown | None = None
        self._busy_count = 0
        self._news_key = ""
        self._menu = QMenu()
        self._icon = QSystemTrayIcon()
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._clicked)
        self.heard.connect(self._hear)
        self.failed.connect(self._fail)
        self.opened.connect(lambda url: QDesktopServices.openUrl(QUrl(url)))
        self.done.connect(self._finish)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._refresh)
        self._timer.start(LOOK_MS)
        self._refresh()
        self._icon.show()

    def _hear(self, heard: Heard) -> None:
        self._newest = heard
        self._refresh()
        news = heard.glance["notify"] if heard.glance else None
        if news and news["key"] != self._news_key:
            self._news_key = news["key"]
            self._notify(news["title"], news["text"])

    def _refresh(self) -> None:
        """Show what holds now; touch the panel only where something has changed."""
        now = shown(self._newest, clock.boot_s(), self._lang)
        before, self._shown = self._shown, now
        if before is None or now.colour != before.colour:
            self._icon.setIcon(icon(now.colour))
        if before is None or now.tooltip != before.tooltip:
            self._icon.setToolTip(now.tooltip)
        if before is None or (now.lines, now.entries) != (before.lines, before.entries):
            self._fill_menu(now)

    def _fill_menu(self, now: Shown) -> None:
        self._menu.clear()
        for line in now.lines:
            self._menu.addAction(line).triggered.connect(self._open)  # enabled: what is not is hard to read
        self._menu.addSeparator()
        for entry in now.entries:
            action = self._menu.addAction(entry["label"])
            action.triggered.connect(partial(self._do, entry))
            action.setEnabled(self._busy_count == 0 or "view" in entry)
        self._menu.addSeparator()
        self._menu.addAction(say(mark("Quit"), self._lang)).triggered.connect(QApplication.quit)

    def _clicked(self, how: QSystemTrayIcon.ActivationReason) -> None:
        if how == QSystemTrayIcon.ActivationReason.Trigger:
            self._open()

    def _open(self, _checked: bool = False) -> None:  # noqa: FBT001, FBT002  Qt's signal
        """Open the morning card, where there is a page."""
        for entry in self._shown.entries if self._shown else ():
            if entry["id"] == "today":
                self._do(entry)

    def _do(self, entry: Mapping[str, Any], _checked: bool = False) -> None:  # noqa: FBT001, FBT002  Qt's signal
        """Open a view or pass on an order, in a thread: a test takes its time."""
        self._busy_count += "order" in entry
        if self._shown:
            self._fill_menu(self._shown)
        threading.Thread(target=self._ask, args=(entry,), name="order", daemon=True).start()

    def _ask(self, entry: Mapping[str, Any]) -> None:
        who = {"by": getpass.getuser(), "lang": self._lang}
        asked = entry.get("order") or {"op": "page.code"}
        try:
            answer = control.ask(self._state_dir, {**asked, **who}, ORDER_WITHIN_S)
            if "view" in entry:
                self.opened.emit(f"{answer['url']}&v={entry['view']}")
        except (control.ControlAbsent, control.ControlError, OSError) as error:
            self.failed.emit(getattr(error, "message", ""))
        if "order" in entry:
            self.done.emit()

    def _finish(self) -> None:
        self._busy_count -= 1
        if self._shown:
            self._fill_menu(self._shown)

    def _fail(self, why: str) -> None:
        said = say(mark("That did not work. {why}"), self._lang, why=why)
        self._notify("deskready", said)

    def _notify(self, title: str, text: str) -> None:
        """Show a notification, without a sign: the light may change while it stands.

        For so long Qt lets the tooltip say the same, over D-Bus.
        """
        self._icon.showMessage(title, text, QSystemTrayIcon.MessageIcon.NoIcon, NOTICE_MS)


def run(state_dir: Path, lang: Lang) -> int:
    """Show the icon until told to quit. Ends the program where there is no desktop, or a tray already."""
    qInstallMessageHandler(partial(_note, lang))
    app = QApplication([sys.argv[0]])
    app.setApplicationName("deskready")
    app.setQuitOnLastWindowClosed(False)
    lock = QLockFile(str(lock_file(state_dir)))
    lock.setStaleLockTime(0)  # the lock of a tray that was killed is taken over; one that lives keeps it
    if not lock.tryLock(0):
        _end(say(mark("the tray of this desk is running in this session already"), lang), EX_RUNNING)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    tray = Tray(state_dir, lang)
    late.follow(tray, before=lock.unlock)
    Asking(state_dir, lang, tray.heard.emit).start()
    return app.exec()


def lock_file(state_dir: Path) -> Path:
    """Return the lock of this user's session on this display for this desk."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.RuntimeLocation)
    session = [os.environ.get("WAYLAND_DISPLAY", ""), os.environ.get("DISPLAY", ""), str(state_dir.resolve())]
    digest = hashlib.sha256("\n".join(session).encode()).hexdigest()[:12]
    return Path(folder or state_dir) / f"deskready-tray-{digest}.lock"


def _note(lang: Lang, kind: QtMsgType, _where: QMessageLogContext, message: str | None) -> None:
    """Qt ends the program where there is no desktop; make that one line and the right exit status."""
    if kind == QtMsgType.QtFatalMsg:
        why = (message or "").strip().partition("\n")[0]
        _end(say(mark("there is no desktop to show the tray on: {why}"), lang, why=why), EX_UNAVAILABLE)


def _end(message: str, status: int) -> NoReturn:
    sys.stderr.write(f"deskready: {message}\n")
    sys.stderr.flush()
    os._exit(status)
