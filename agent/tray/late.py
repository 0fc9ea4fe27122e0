"""A panel that comes up after the tray, as at log-in: then the tray starts itself again.

Qt looks once in the life of a process whether there is a StatusNotifierWatcher, and stays with the X11 system
tray where there was none. A watcher that goes and comes back is followed by Qt itself.
"""

import os
import sys
from collections.abc import Callable

from PySide6.QtCore import QObject

WATCHER = "org.kde.StatusNotifierWatcher"


def follow(parent: QObject, before: Callable[[], None]) -> None:
    """Start this program again, after calling `before`, when the first watcher appears on the session bus."""
    if sys.platform != "linux":
        return
    from PySide6.QtDBus import QDBusConnection, QDBusServiceWatcher  # noqa: PLC0415  only where there is D-Bus

    bus = QDBusConnection.sessionBus()
    if not bus.isConnected() or bus.interface().isServiceRegistered(WATCHER).value():
        return

    def again() -> None:
        before()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  this very program

    mode = QDBusServiceWatcher.WatchModeFlag.WatchForRegistration
    watcher = QDBusServiceWatcher(WATCHER, bus, mode, parent)
    watcher.serviceRegistered.connect(again)
