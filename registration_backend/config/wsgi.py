"""The WSGI application that gunicorn serves."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from registrations.backups.replaying import catch_up  # noqa: E402 - models can be imported from here on

# A database that was restored by hand serves nobody before those who withdrew since are gone again.
catch_up()
