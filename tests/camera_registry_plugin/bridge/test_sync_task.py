"""The background task: its thread, its signals in the main thread, its progress and its cancel."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from qgis.core import QgsApplication, QgsNetworkAccessManager
from qgis.PyQt.QtCore import QEventLoop, QThread, QTimer

from camera_registry_plugin.bridge.sync_task import SyncTask, percent
from camera_registry_plugin.registry.errors import Cancelled, ConfigurationError, NotSignedIn
from camera_registry_plugin.sync.snapshot import SnapshotFolder
from tests.camera_registry_plugin.sync.registry_server import RegistryServer

SignIn = Callable[[str], str]


class Outcome:
    """What a task told, and in which thread."""

    def __init__(self, task: SyncTask) -> None:
        self.report: Any = None
        self.error: Any = None
        self.in_main_thread: list[bool] = []
        self._loop = QEventLoop()
        task.synced.connect(self._synced)
        task.failed.connect(self._failed)

    def _synced(self, report: Any) -> None:
        self.report = report
        self._note()

    def _failed(self, error: Any) -> None:
        self.error = error
        self._note()

    def _note(self) -> None:
        self.in_main_thread.append(QThread.currentThread() == QgsApplication.instance().thread())
        self._loop.quit()

    def wait(self) -> Outcome:
        QTimer.singleShot(15_000, self._loop.quit)
        if not self.in_main_thread:
            self._loop.exec()
        assert self.in_main_thread == [True]
        return self


def run(task: SyncTask) -> Outcome:
    outcome = Outcome(task)
    QgsApplication.taskManager().addTask(task)
    return outcome.wait()


def test_a_task_syncs_in_another_thread_and_tells_the_main_thread(
    server: RegistryServer, sign_in: SignIn, tmp_path: Path
) -> None:
    outcome = run(SyncTask(server.url, sign_in(server.token), tmp_path))
    assert outcome.error is None
    assert outcome.report.upserted == 30
    assert SnapshotFolder(tmp_path).current() == outcome.report.snapshot


def test_a_refused_token_fails_with_words_and_without_a_dialog(
    server: RegistryServer, sign_in: SignIn, tmp_path: Path
) -> None:
    dialogs: list[str] = []
    manager = QgsNetworkAccessManager.instance()
    manager.requestRequiresAuth.connect(lambda _number, realm: dialogs.append(realm))
    try:
        outcome = run(SyncTask(server.url, sign_in("y" * 20), tmp_path))
    finally:
        manager.requestRequiresAuth.disconnect()
    assert dialogs == []
    assert isinstance(outcome.error, NotSignedIn)
    assert "y" * 20 not in outcome.error.message + outcome.error.details


def test_a_deleted_sign_in_is_said_before_anything_is_sent(
    server: RegistryServer, qgis_app: QgsApplication, tmp_path: Path
) -> None:
    outcome = run(SyncTask(server.url, "gone123", tmp_path))
    assert isinstance(outcome.error, ConfigurationError)
    assert server.requests == []


def test_cancelling_ends_the_task_within_a_second_and_changes_nothing(
    server: RegistryServer, sign_in: SignIn, tmp_path: Path
) -> None:
    release = threading.Event()

    def stall(_request: Any, _answer: Any) -> None:
        release.wait(20)

    server.faults = [None, stall]
    task = SyncTask(server.url, sign_in(server.token), tmp_path)
    outcome = Outcome(task)
    cancelled_at: list[float] = []

    def cancel_when_stalled() -> None:
        if len(server.requests) == 2 and not cancelled_at:
            cancelled_at.append(time.monotonic())
            task.cancel()

    timer = QTimer()
    timer.timeout.connect(cancel_when_stalled)
    timer.start(20)
    QgsApplication.taskManager().addTask(task)
    outcome.wait()
    assert isinstance(outcome.error, Cancelled), outcome.error
    took = time.monotonic() - cancelled_at[0]
    timer.stop()
    release.set()
    assert took < 1.0
    assert SnapshotFolder(tmp_path).current() is None
    assert list(tmp_path.glob("cameras-*")) == []


def test_an_unexpected_error_is_not_dressed_as_an_expected_one(qgis_app: QgsApplication, tmp_path: Path) -> None:
    task = SyncTask("http://127.0.0.1:9", "", tmp_path)
    task._error = ZeroDivisionError("a defect")
    assert task.run() is False
    with pytest.raises(ZeroDivisionError):
        task.finished(False)


@pytest.mark.parametrize(
    ("received", "expected", "shown"), [(0, None, 0.0), (50, 100, 50.0), (300, 100, 99.0), (5, 0, 0.0)]
)
def test_progress_is_a_percentage_that_ends_with_the_task(received: int, expected: int | None, shown: float) -> None:
    assert percent(received, expected) == shown
