"""Settings have types and defaults, and snapshots never lie in the roaming profile by default."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication, QgsSettings

from camera_registry_plugin.bridge import settings


def test_what_was_never_set_has_its_default_and_its_type(own_settings):
    QgsSettings().remove(settings.PREFIX)
    for setting in settings.SETTINGS:
        assert setting.read() == setting.default
        assert isinstance(setting.read(), setting.kind)
    assert not settings.is_configured()


def test_what_was_written_comes_back_with_its_type(own_settings):
    settings.RADIUS_M.write(400)
    assert settings.RADIUS_M.read() == 400.0
    settings.REGISTRY_URL.write("https://registry.example.org")
    assert settings.is_configured()


def test_a_damaged_value_becomes_the_default(own_settings):
    QgsSettings().setValue(f"{settings.PREFIX}/radius_m", "near")
    assert settings.RADIUS_M.read() == 150.0


def test_snapshots_lie_outside_the_profile_by_default(own_settings):
    settings.SNAPSHOTS_FOLDER.write(" ")
    folder = settings.snapshots_folder()
    assert folder == settings.default_snapshots_folder()
    assert folder.is_absolute()
    assert Path(QgsApplication.qgisSettingsDirPath()) not in folder.parents


def test_an_unknown_unit_or_radius_does_not_keep_the_dock_from_opening(own_settings):
    QgsSettings().setValue(f"{settings.PREFIX}/unit", "parsecs")
    QgsSettings().setValue(f"{settings.PREFIX}/radius_m", float("nan"))
    assert settings.unit() == settings.METRES
    assert settings.radius_m() == 150.0
