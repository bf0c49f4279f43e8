"""Starts the real QGIS under Xvfb with the packaged plugin, and has it photographed after a click on an incident."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import zipfile

from scripts.backend_process import ROOT
from scripts.package import build as build_package

from .files import DemoFiles

SCREEN = "1680x1050x24"
TIMEOUT_SECONDS = 150


def install_plugin(files: DemoFiles) -> None:
    """Put the zip that `make package` makes into the demo's QGIS profile and enable it, as the plugin manager does."""
    profile = files.profiles / "profiles" / "default"
    plugins = profile / "python" / "plugins"
    shutil.rmtree(plugins, ignore_errors=True)
    plugins.mkdir(parents=True)
    archive = files.folder / "plugin.zip"
    build_package(archive)
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(plugins)
    archive.unlink()
    settings = configparser.ConfigParser(interpolation=None)
    settings.optionxform = str  # type: ignore[method-assign,assignment]  # Qt's keys are case-sensitive
    settings["PythonPlugins"] = {"camera_registry_plugin": "true", "processing": "true"}
    settings["camera_registry"] = {
        "registry_name": "Demo registry",
        "registry_url": "http://127.0.0.1:8000",  # where `make backend` serves
        "snapshots_folder": str(files.snapshots / "investigator"),
        "radius_m": "150",
    }
    # A first start would cover the window with a welcome and a news feed that asks the internet.
    settings["app"] = {"settings_migrated": "true"}
    settings["core"] = {"NewsFeed\\http3a\\httpsfeedqgisorg\\disabled": "true"}
    settings["qgis"] = {
        "checkVersion": "false",
        "showTips": "false",
        "newsFeed": "false",
        "UI\\skipFirstRun": "true",
        "iconSize": "24",
    }
    ini = profile / "QGIS" / "QGIS3.ini"
    ini.parent.mkdir(parents=True, exist_ok=True)
    with ini.open("w", encoding="utf-8") as file:
        settings.write(file, space_around_delimiters=False)


def photograph_desk(files: DemoFiles) -> None:
    """Write desk.png; raise RuntimeError with QGIS's last words if it does not come to that."""
    install_plugin(files)
    command = ["xvfb-run", "--auto-servernum", "--server-args", f"-screen 0 {SCREEN}", "qgis", "--nologo"]
    command += ["--noversioncheck", "--profiles-path", str(files.profiles), "--profile", "default"]
    command += ["--code", str(ROOT / "scripts" / "demo" / "desk.py"), "--project", str(files.project)]
    environment = {key: value for key, value in os.environ.items() if key != "QT_QPA_PLATFORM"}
    environment["CAMERA_REGISTRY_DEMO"] = str(files.folder)
    log = files.folder / "desk.log"
    with log.open("wb") as output:
        try:
            subprocess.run(command, env=environment, stdout=output, stderr=output, timeout=TIMEOUT_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"QGIS did not end within {TIMEOUT_SECONDS} s; see {log}") from None
    if not files.desk_picture.exists():
        raise RuntimeError(f"QGIS made no picture; the end of {log}:\n{log.read_text(errors='replace')[-2000:]}")
    log.unlink()
