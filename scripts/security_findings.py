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
    """Return what detect-secrets takes for a secret; it exits 0 whatever it finds, so its JSON is read."""
    command = [sys.executable, "-m", "detect_secrets", "scan", "--all-files", *folders]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return [f"{name}:{hit['line_number']} {hit['type']}" for name, hits in report["results"].items() for hit in hits]


def main(folders: list[str]) -> int:
    """Print the findings and return how the process should exit."""
    findings = bandit_findings(folders) + secret_findings(folders)
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
