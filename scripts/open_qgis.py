"""Opens QGIS on the desk with the plugin and the demo project, in a profile of its own."""

from __future__ import annotations

import os
import subprocess
import sys

from scripts.backend_process import ROOT
from scripts.demo.desk_window import install_plugin
from scripts.demo.files import DemoFiles


def main() -> int:
    """Make the demo where it is missing, put the current plugin into its profile, and open QGIS."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        print("qgis: there is no screen here (DISPLAY is not set). 'make demo' draws without one.", file=sys.stderr)
        return 1
    files = DemoFiles(ROOT / "build" / "demo")
    if not files.project.exists():
        done = subprocess.run([sys.executable, "-m", "scripts.demo", "--without-desk"], cwd=ROOT, check=False)
        if done.returncode:
            return done.returncode
    install_plugin(files)
    command = ["qgis", "--profiles-path", str(files.profiles), "--profile", "default", "--project", str(files.project)]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
