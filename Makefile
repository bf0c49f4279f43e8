# Every chore of the project. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
# PROJ_DATA: pyproj, GDAL and QGIS read the one PROJ database of the system.
export PROJ_DATA := /usr/share/proj
export PYTHONUTF8 := 1
OFFSCREEN := QT_QPA_PLATFORM=offscreen
SHARDS ?= 8

.PHONY: help setup demo test lint package backend qgis bench proofs clean

help: ## list the chores
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-9s %s\n", $$1, $$2}'

setup: ## install what is missing: system packages, a virtual environment, pinned requirements
	@bash scripts/setup.sh

demo: setup ## the main job on the embedded backend: register, sync, find cameras near incidents, draw (build/demo/)
	@$(OFFSCREEN) $(PY) -m scripts.demo

test: setup ## the whole test suite, long proofs at a fiftieth of their counts; the backend's also on PostGIS
	@$(OFFSCREEN) $(PY) -m pytest -q -n 2 --dist loadfile
	@$(OFFSCREEN) $(PY) -m pytest -q -n 2 --dist loadfile --database postgis -m "not browser" tests/registration_backend

lint: setup ## style, types, import rules, security findings
	@bash scripts/lint.sh

package: setup ## the plugin's zip in dist/, checked against the upload rules of the QGIS plugin site
	@$(PY) -m scripts.package

backend: setup ## the embedded registration backend with demo accounts on 127.0.0.1:8000, until Ctrl-C
	@$(OFFSCREEN) $(PY) -m scripts.serve_backend

qgis: setup ## QGIS with the plugin and the demo project
	@$(PY) -m scripts.open_qgis

bench: setup ## speed beside ogr2ogr and QGIS's own algorithms; answers are compared before times
	@$(OFFSCREEN) $(PY) -m tests.benchmarks

proofs: setup ## every long proof at its full count, fixed seed, in shards under 9 minutes (SHARD=K runs one of SHARDS)
	@$(OFFSCREEN) $(PY) -m scripts.proofs --shards $(SHARDS) $(if $(SHARD),--only $(SHARD))

clean: ## remove what the chores wrote (not the virtual environment, not var/)
	@rm -rf build dist .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
	@rm -f camera_registry_plugin/metadata.txt camera_registry_plugin/LICENSE
