"""Builds the plugin's zip in dist/ and checks it against the upload rules of the QGIS plugin site."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from .metadata import PACKAGE, ROOT, read_metadata
from .security_findings import bandit_findings, secret_findings

REQUIRED_KEYS = (
    "name",
    "description",
    "version",
    "qgisMinimumVersion",
    "author",
    "email",
    "about",
    "tracker",
    "repository",
)
LARGEST_BYTES = 25 * 1024 * 1024
FORBIDDEN = re.compile(r"(\.pyc|\.so|\.dll|\.exe|\.dylib|\.pyd)$|__pycache__|/tests?/|/\.")
OLDEST_PYTHON = (3, 9)
EPOCH = (1980, 1, 1, 0, 0, 0)  # a fixed time, so that the same commit makes the same zip


def package_files() -> list[Path]:
    """Return the tracked files of the package; what is untracked (caches, copies) never ships."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", PACKAGE.name], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in sorted(listed.split("\0")) if name]


def build(target: Path) -> None:
    """Write the zip: the package's files with metadata.txt and LICENSE beside its __init__.py."""
    target.parent.mkdir(parents=True, exist_ok=True)
    contents = {path.relative_to(ROOT).as_posix(): path for path in package_files()}
    for name in ("metadata.txt", "LICENSE"):
        contents[f"{PACKAGE.name}/{name}"] = ROOT / name
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(contents.items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())


def findings(archive_path: Path) -> list[str]:
    """Return every reason for which the plugin site would refuse the zip, one line each."""
    found = []
    if archive_path.stat().st_size > LARGEST_BYTES:
        found.append(f"the zip is larger than {LARGEST_BYTES} bytes")
    with zipfile.ZipFile(archive_path) as archive, tempfile.TemporaryDirectory() as folder:
        names = archive.namelist()
        found += [f"{name}: does not belong in a plugin" for name in names if FORBIDDEN.search(name)]
        found += [f"{name}: is outside {PACKAGE.name}/" for name in names if not name.startswith(f"{PACKAGE.name}/")]
        archive.extractall(folder)
        root = Path(folder) / PACKAGE.name
        found += [f"{name} is missing" for name in ("LICENSE", "__init__.py") if not (root / name).is_file()]
        found += _metadata_findings(root)
        found += [finding for path in root.rglob("*.py") for finding in _syntax_findings(path)]
        found += bandit_findings([str(root)]) + secret_findings([str(root)])
    return found


def _metadata_findings(root: Path) -> list[str]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    parser.read(root / "metadata.txt", encoding="utf-8")
    if not parser.has_section("general"):
        return ["metadata.txt is missing or has no [general] section"]
    general = parser["general"]
    found = [f"metadata.txt lacks {key}" for key in REQUIRED_KEYS if not general.get(key, "").strip()]
    icon = general.get("icon", "")
    if icon and not (root / icon).is_file():
        found.append(f"metadata.txt names an icon that is not in the zip: {icon}")
    return found


def _syntax_findings(path: Path) -> list[str]:
    try:
        ast.parse(path.read_text(encoding="utf-8"), filename=path.name, feature_version=OLDEST_PYTHON)
    except SyntaxError as error:
        return [f"{path.name}:{error.lineno} does not parse on Python {'.'.join(map(str, OLDEST_PYTHON))}"]
    return []


def main() -> int:
    """Build, check, and say where the zip is; a zip with findings is removed."""
    target = ROOT / "dist" / f"{PACKAGE.name}-{read_metadata()['version']}.zip"
    build(target)
    found = findings(target)
    for finding in found:
        print(f"package: {finding}", file=sys.stderr)
    if found:
        target.unlink()
        return 1
    print(f"package: {target.relative_to(ROOT)}, {target.stat().st_size // 1024} KiB, passes the upload rules")
    return 0


if __name__ == "__main__":
    sys.exit(main())
