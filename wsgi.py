"""The application for gunicorn and friends: `gunicorn wsgi:app`."""

from contextlib import suppress

from sqlalchemy.exc import OperationalError

from portal import create_app
from sync.keyprints import hold_keys

app = create_app()

# A database that cannot be reached yet is answered with 503 until it can; the keys are looked at then.
with app.app_context(), suppress(OperationalError):
    hold_keys()
