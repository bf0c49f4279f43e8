"""After a registration, a sync and a search, no file of the user's side and no database holds any of the contact."""

from __future__ import annotations

import json
import os
import re
import subprocess
import urllib.parse
import urllib.request
import zipfile
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from scripts import package
from scripts.backend_process import EmbeddedBackend, running_backend
from tests import byte_search
from tests.registration_backend.registrations.browser import newest_link

CANARIES = {
    "name": "Canary Quartzwing-Fjordbank",
    "phone": "+1 555 010 7788",
    "email": "canary.quartzwing@mail.example.org",
    "address": "7788 Canarybrook Terrace",
    "unit": "Unit Kestrel-41",
    "access_notes": "Ring twice, ask for Zephyrine at the cobalt gate",
    "recorder": "Obsidianware NVR-7788-Q",
}
# Digits alone as well: a stored phone number may have lost its blanks.
SEARCHED = [*CANARIES.values(), "15550107788", "Quartzwing", "Canarybrook", "Zephyrine", "Obsidianware"]
PIN = (24.9414, 60.1719)


def post_form(url: str, changes: dict[str, str]) -> str:
    """Fetch the form, fill what it offers, send it, and return the page that follows."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    page = opener.open(url, timeout=30).read().decode()
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)"[^>]*? value="([^"]*)"', page))
    offered = set(re.findall(r'name="([^"]+)"', page))
    assert set(changes) <= offered, f"the form lacks {set(changes) - offered}"
    request = urllib.request.Request(
        url, urllib.parse.urlencode({**fields, **changes}).encode(), headers={"Referer": url}
    )
    return opener.open(request, timeout=30).read().decode()


def run_algorithm(profiles: Path, algorithm: str, *parameters: str) -> str:
    """Run one algorithm of the installed plugin with the real qgis_process, as a scheduled job would."""
    environment = {
        **os.environ,
        "QGIS_CUSTOM_CONFIG_PATH": str(profiles),
        "QGIS_AUTH_DB_DIR_PATH": f"{profiles / 'profiles' / 'default'}/",
        "QT_QPA_PLATFORM": "offscreen",
        "HOME": str(profiles.parent / "home"),
        "TMPDIR": str(profiles.parent / "tmp"),
    }
    for command in (["plugins", "enable", "camera_registry_plugin"], ["run", algorithm, "--", *parameters]):
        done = subprocess.run(
            ["qgis_process.bin", *command], env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        enabled_before = "already enabled" in done.stderr
        assert done.returncode == 0 or enabled_before, done.stderr + done.stdout
    return done.stdout


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    """A QGIS profiles folder with the packaged plugin in it, and a home and a temporary folder beside it."""
    folder = tmp_path / "user" / "qgis"
    plugins = folder / "profiles" / "default" / "python" / "plugins"
    for made in (plugins, tmp_path / "user" / "home", tmp_path / "user" / "tmp"):
        made.mkdir(parents=True)
    package.build(tmp_path / "plugin.zip")
    with zipfile.ZipFile(tmp_path / "plugin.zip") as archive:
        archive.extractall(plugins)
    return folder


def test_no_byte_of_a_contact_reaches_the_users_side_or_lies_readable_in_the_backend(
    tmp_path: Path, profiles: Path
) -> None:
    user = tmp_path / "user"
    with running_backend(tmp_path / "backend") as backend:
        agency = ("--code", "HEL", "--name", "Helsinki", "--grid-crs", "EPSG:3067")
        backend.manage("add_agency", *agency, f"--longitude={PIN[0]}", f"--latitude={PIN[1]}")
        register_and_publish(backend)
        token = backend.issue_token("HEL", "investigator")
        password_file = user / "password"
        password_file.write_text("a master password for this test")
        authcfg = store_token(profiles, password_file, token)
        os.environ["QGIS_AUTH_PASSWORD_FILE"] = str(password_file)
        try:
            parameters = [f"URL={backend.url}", f"AUTHCFG={authcfg}", f"SNAPSHOTS={user / 'snapshots'}"]
            run_algorithm(profiles, "cameraregistry:syncregistry", *parameters)
        finally:
            del os.environ["QGIS_AUTH_PASSWORD_FILE"]
        nearby = run_nearby(profiles, user)
    rows = nearby.read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 4, "the three cameras of the planted registration are found"
    assert byte_search.find([user], [*SEARCHED, token]) == []
    assert byte_search.find([tmp_path / "backend"], [*SEARCHED, token]) == []
    # The search is not blind: what is meant to be there is found by it.
    assert byte_search.find([user], [rows[1].split(",")[2]])


def register_and_publish(backend: EmbeddedBackend) -> None:
    """Register on the web with a canary in every field of the contact, confirm by e-mail, publish as staff would."""
    contact = {**CANARIES, "longitude": str(PIN[0]), "latitude": str(PIN[1]), "consent": "on"}
    cameras = {"camera-TOTAL_FORMS": "3"}
    page = post_form(f"{backend.url}/register/?agency=HEL", {**contact, **cameras})
    assert CANARIES["name"] in page, "the receipt shows the registrant what is stored"
    assert "confirmed" in post_form(newest_link(backend), {})
    # Without a mail server the message is a file that names its addressee, for a day. A delivered one has left.
    for message in (backend.var / "mail").iterdir():
        message.unlink()
    publish = (
        "from registrations import services; from registrations.models import Registration\n"
        "for one in Registration.objects.filter(state='pending', site__isnull=False): services.publish(one)"
    )
    backend.manage("shell", "-c", publish)


def store_token(profiles: Path, password_file: Path, token: str) -> str:
    """Put the token into the profile's encrypted authentication store, as the options page does; return its id."""
    script = (
        "import sys; from qgis.core import QgsApplication, QgsAuthMethodConfig\n"
        "QgsApplication.setPrefixPath('/usr', True)\n"
        "app = QgsApplication([], False, sys.argv[1]); app.initQgis()\n"
        "manager = QgsApplication.authManager(); manager.setMasterPassword(open(sys.argv[2]).read(), True)\n"
        "config = QgsAuthMethodConfig('Basic'); config.setName('registry')\n"
        "config.setConfig('username', 'token'); config.setConfig('password', sys.stdin.read())\n"
        "manager.storeAuthenticationConfig(config); print(config.id()); app.exitQgis()"
    )
    profile = profiles / "profiles" / "default"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QGIS_AUTH_DB_DIR_PATH": f"{profile}/"}
    command = ["/usr/bin/python3", "-c", script, f"{profile}/", str(password_file)]
    done = subprocess.run(command, input=token, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip().splitlines()[-1]


def run_nearby(profiles: Path, user: Path) -> Path:
    """Find the cameras near the planted registration and write them as a table."""
    pointer = json.loads((user / "snapshots" / "current.json").read_text())
    snapshot = next(user / "snapshots" / name for name in pointer.values() if str(name).endswith(".gpkg"))
    incident = user / "incident.geojson"
    point = {"type": "Point", "coordinates": list(PIN)}
    feature = {"type": "Feature", "properties": {"incident": "C-1"}, "geometry": point}
    incident.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    target = user / "nearby.csv"
    parameters = [f"INCIDENTS={incident}", f"CAMERAS={snapshot}|layername=registered_cameras"]
    run_algorithm(profiles, "cameraregistry:nearbycameras", *parameters, "DISTANCE=10", f"OUTPUT={target}")
    return target
