"""The backend starts safely with nothing set: private keys, two databases, strict headers, quiet logs."""

from __future__ import annotations

import base64
import json
import logging
import secrets
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections

from config import database_settings, secret_keys
from config.databases import KeyRouter
from config.quiet_logging import QuietFormatter
from registrations.models import Registration, RegistrationKey

BACKEND = Path(__file__).resolve().parents[3] / "registration_backend"


def random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def test_the_first_start_makes_private_keys_and_the_next_one_reads_them(tmp_path):
    first = secret_keys.load(tmp_path, {})
    path = tmp_path / "secrets.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert secret_keys.load(tmp_path, {}) == first
    assert (
        len({first.secret_key.encode(), first.master_key, first.lookup_key, first.position_key, first.backup_key}) == 5
    )
    assert [each.name for each in tmp_path.iterdir()] == ["secrets.json"]


def test_a_key_file_from_before_the_backup_key_gets_one_and_processes_agree_on_it(tmp_path):
    first = secret_keys.load(tmp_path, {})
    path = tmp_path / "secrets.json"
    stored = json.loads(path.read_text())
    del stored["backup_key"]
    path.write_text(json.dumps(stored))
    start, found = threading.Barrier(8), []

    def load() -> None:
        start.wait()
        found.append(secret_keys.load(tmp_path, {}))

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert found[0] == replace(first, backup_key=found[0].backup_key) != first
    assert secret_keys.load(tmp_path, {}) == found[0]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["secrets.json"]


def test_processes_that_start_together_agree_on_the_keys(tmp_path):
    start, found = threading.Barrier(8), []

    def load() -> None:
        start.wait()
        found.append(secret_keys.load(tmp_path, {}))

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_keys_from_the_environment_leave_no_file(tmp_path):
    given = {name: random_key() for name in secret_keys.ENVIRONMENT.values()}
    loaded = secret_keys.load(tmp_path, given)
    assert loaded.master_key == base64.b64decode(given["CAMERA_REGISTRY_MASTER_KEY"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"secret_key": 1}'])
def test_a_damaged_key_file_is_never_overwritten(tmp_path, content):
    path = tmp_path / "secrets.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(secret_keys.SecretsError, match="Restore it from your backup"):
        secret_keys.load(tmp_path, {})
    assert path.read_text() == content


def test_a_key_file_that_others_can_read_is_refused_with_the_remedy(tmp_path):
    secret_keys.load(tmp_path, {})
    (tmp_path / "secrets.json").chmod(0o644)
    with pytest.raises(secret_keys.SecretsError, match="chmod 600"):
        secret_keys.load(tmp_path, {})


@pytest.mark.parametrize("wrong", ["short", "!!!!", base64.b64encode(b"x" * 31).decode()])
def test_a_key_of_the_wrong_size_is_refused_without_being_shown(tmp_path, wrong):
    with pytest.raises(secret_keys.SecretsError, match="CAMERA_REGISTRY_LOOKUP_KEY must be 32") as caught:
        secret_keys.load(tmp_path, {"CAMERA_REGISTRY_LOOKUP_KEY": wrong})
    assert wrong not in str(caught.value)


def test_only_the_keys_live_in_the_key_database():
    router = KeyRouter()
    assert router.db_for_write(RegistrationKey) == "keys"
    assert router.db_for_write(Registration) == "default"
    assert router.allow_migrate("keys", "registrations", "registrationkey")
    assert not router.allow_migrate("default", "registrations", "registrationkey")
    assert not router.allow_migrate("keys", "registrations", "contact")
    assert not router.allow_migrate("keys", "feed")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="asks SQLite for its pragmas")
@pytest.mark.django_db(databases=["default", "keys"])
@pytest.mark.parametrize("alias", ["default", "keys"])
def test_deleted_rows_are_overwritten_and_references_are_checked(alias):
    with connections[alias].cursor() as cursor:
        for pragma in ("secure_delete", "foreign_keys"):
            assert cursor.execute(f"PRAGMA {pragma}").fetchone() == (1,)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/health", "/nowhere", "/staff/login/", "/register/"])
def test_every_answer_has_the_strict_headers(client, path):
    answer = client.get(path)
    policy = answer["Content-Security-Policy"]
    for rule in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "X-Powered-By" not in answer


@pytest.mark.django_db
def test_another_host_name_is_refused(client):
    assert client.get("/", headers={"host": "evil.example.org"}).status_code == 400


def test_health_reads_no_database(client):
    assert client.get("/health").json() == {"status": "ok"}


def test_the_defaults_are_the_safe_ones():
    assert settings.DEBUG is False
    assert settings.TIME_ZONE == "UTC"
    assert "Argon2" in settings.PASSWORD_HASHERS[0]
    embedded = database_settings.databases(settings.VAR_DIR, {})
    assert [each["OPTIONS"]["transaction_mode"] for each in embedded.values()] == ["IMMEDIATE", "IMMEDIATE"]


def deploy_check(var: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    everything = {"CAMERA_REGISTRY_VAR": str(var), "CAMERA_REGISTRY_HTTPS": "1", "PATH": "/usr/bin", **environment}
    command = [sys.executable, str(BACKEND / "manage.py"), "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, env=everything, capture_output=True, text=True, check=False)


def test_the_check_for_deployment_finds_nothing_behind_https_with_a_mail_server(tmp_path):
    done = deploy_check(
        tmp_path, CAMERA_REGISTRY_SMTP_HOST="mail.example.org", CAMERA_REGISTRY_PUBLIC_URL="https://cameras.example.org"
    )
    assert done.returncode == 0, done.stderr


def test_the_check_for_deployment_names_what_keeps_emails_from_arriving(tmp_path):
    done = deploy_check(tmp_path)
    assert done.returncode == 1
    assert "CAMERA_REGISTRY_SMTP_HOST" in done.stderr
    assert "CAMERA_REGISTRY_PUBLIC_URL" in done.stderr
    mistyped = deploy_check(tmp_path, CAMERA_REGISTRY_SMTP_SECURITY="ssl")
    assert mistyped.returncode == 1
    assert "must be starttls, tls or none" in mistyped.stderr


def test_models_and_migrations_agree_and_what_is_written_is_private(tmp_path):
    environment = {"CAMERA_REGISTRY_VAR": str(tmp_path / "var"), "PATH": "/usr/bin"}
    command = [sys.executable, str(BACKEND / "manage.py"), "makemigrations", "--check", "--dry-run"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700


def test_a_log_line_has_neither_link_nor_query_nor_the_text_of_an_exception():
    secret = secrets.token_hex(12)
    try:
        raise ValueError(f"bad value {secret}")
    except ValueError:
        record = logging.LogRecord(
            "django.request",
            logging.ERROR,
            __file__,
            1,
            "Internal Server Error: %s",
            (f"/registration/{secret}/withdraw/?name={secret}",),
            sys.exc_info(),
        )
    written = QuietFormatter("%(message)s").format(record)
    assert secret not in written
    assert "/registration/(link)/withdraw/" in written
    assert "ValueError" in written
    assert json.dumps(written)


@pytest.mark.parametrize(("paper", "said"), [("", "letter"), (" A4 ", "a4"), ("legal", "must be letter or a4")])
def test_pdfs_are_set_for_letter_or_a4_and_nothing_else(tmp_path, paper, said):
    environment = {"CAMERA_REGISTRY_VAR": str(tmp_path), "CAMERA_REGISTRY_PAPER": paper, "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", "from config import settings; print(settings.PAPER)"]
    done = subprocess.run(command, cwd=BACKEND, env=environment, capture_output=True, text=True, check=False)
    assert said in done.stdout + done.stderr
    assert (done.returncode == 0) == (paper != "legal")


def test_a_missing_backup_key_alone_makes_no_file_of_secrets(tmp_path):
    made = secret_keys.load(tmp_path / "elsewhere", {})
    environment = {
        name: made.secret_key if key == "secret_key" else base64.b64encode(getattr(made, key)).decode()
        for key, name in secret_keys.ENVIRONMENT.items()
    }
    del environment["CAMERA_REGISTRY_BACKUP_KEY"]
    (tmp_path / "var").mkdir()
    assert secret_keys.load(tmp_path / "var", environment) == replace(made, backup_key=None)
    assert list((tmp_path / "var").iterdir()) == []
