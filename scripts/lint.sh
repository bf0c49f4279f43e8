#!/usr/bin/env bash
# Style, types, import rules and the findings that would block an upload to the QGIS plugin site.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
echo "lint: style"
$bin/ruff check --quiet .
$bin/ruff format --quiet --check .
echo "lint: types"
$bin/mypy --no-error-summary
echo "lint: import rules"
PYTHONPATH=.:registration_backend $bin/lint-imports --no-cache >/tmp/import-rules.$$ 2>&1 || { cat /tmp/import-rules.$$; rm -f /tmp/import-rules.$$; exit 1; }
rm -f /tmp/import-rules.$$
echo "lint: security findings"
$bin/python -m scripts.security_findings camera_registry_plugin
echo "lint: migrations match the models"
QT_QPA_PLATFORM=offscreen CAMERA_REGISTRY_VAR=$(mktemp -d) bash -c "$bin/python registration_backend/manage.py makemigrations --check --dry-run >/dev/null; s=\$?; rm -rf \"\$CAMERA_REGISTRY_VAR\"; exit \$s"
