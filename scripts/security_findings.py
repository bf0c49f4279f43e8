"""Fails on any Bandit or detect-secrets finding in the folders named: the QGIS plugin site blocks an upload for one."""

from __future__ import annotations

import json
import subprocess
import sys


def bandit_findings(folders: list[str]) -> list[str]:
    """Return Bandit's findings of every severity, one line each."""
    command = [sys.executable, "-m", "bandit", "--recursive", "--quiet", "--format", "json", *folders]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    if report["errors"]:
        return [f"bandit could not read {error['filename']}: {error['reason']}" for error in report["errors"]]
    return [f"{r['filename']}:{r['line_number']} {r['test_id']} {r['issue_text']}" for r in report["results"]]


def secret_findings(folders: list[str]) -> list[str]:
    """Return what detect-secrets takes for a secret.

    It exits 0 whatever it finds, so its JSON is read; and it passes over every file outside its working directory
    in silence, so it runs inside each folder.
    """
    command = [sys.executable, "-m", "detect_secrets", "scan", "--all-files", "."]
    found = []
    for folder in folders:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        results = json.loads(done.stdout)["results"]
        found += [
            f"{folder}/{name}:{hit['line_number']} {hit['type']}" for name, hits in results.items() for hit in hits
        ]
    return found


def main(folders: list[str]) -> int:
    """Print the findings and return how the process should exit."""
    findings = bandit_findings(folders) + secret_findings(folders)
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
