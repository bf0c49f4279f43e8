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
# Its banner is long; only a broken rule is worth reading.
findings=$(PYTHONPATH=.:registration_backend $bin/lint-imports --no-cache 2>&1) || { echo "$findings"; exit 1; }
echo "lint: security findings"
$bin/python -m scripts.security_findings camera_registry_plugin
echo "lint: migrations match the models"
CAMERA_REGISTRY_VAR=$(mktemp -d)
export CAMERA_REGISTRY_VAR
trap 'rm -rf "$CAMERA_REGISTRY_VAR"' EXIT
$bin/python registration_backend/manage.py makemigrations --check --dry-run >/dev/null
