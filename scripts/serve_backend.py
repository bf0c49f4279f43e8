"""Serves the embedded registration backend with demo accounts on 127.0.0.1 until Ctrl-C."""

from __future__ import annotations

import argparse
import errno
import signal
import sys

from scripts.backend_process import ROOT, BackendDidNotStart, EmbeddedBackend, running_backend
from scripts.demo.data import AGENCY
from scripts.demo.prepare import seed

DEMO_VAR = ROOT / "var" / "demo"
TOKEN_HOURS = 12


def describe(backend: EmbeddedBackend) -> str:
    """Return what a person needs to use the running backend; the tokens are fresh and end after 12 hours."""
    lines = [
        f"The registration backend is at {backend.url}/ with demo data only. Ctrl-C ends it.",
        f"  register cameras   {backend.url}/register/",
        f"  staff              {backend.url}/staff/   (accounts: {DEMO_VAR / 'demo' / 'accounts.txt'})",
        f"  feed for QGIS      {backend.url}   (user name: token; password: one of these, good for {TOKEN_HOURS} h)",
    ]
    lines += [f"    {role:<13}{backend.issue_token(AGENCY, role, TOKEN_HOURS)}" for role in ("analyst", "investigator")]
    return "\n".join(lines)


def main() -> int:
    """Seed, serve, and wait for the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with running_backend(DEMO_VAR, options.port) as backend:
            seed(backend)
            print(describe(backend), flush=True)
            signal.pause()
    except KeyboardInterrupt:
        print("\nbackend: ended.")
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        print(f"backend: port {options.port} is taken; end what uses it, or give another with --port.", file=sys.stderr)
        return 1
    except BackendDidNotStart as error:
        print(f"backend: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
