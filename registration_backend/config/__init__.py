"""How the registration backend is put together: settings, URLs, secrets, logging."""
