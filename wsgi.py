"""The application for gunicorn and friends: `gunicorn wsgi:app`."""

import gc
from contextlib import suppress

from sqlalchemy.exc import OperationalError

from portal import create_app
from sync.keyprints import hold_keys

app = create_app()

# A database that cannot be reached yet is answered with 503 until it can; the keys are looked at then.
with app.app_context(), suppress(OperationalError):
    hold_keys()

# What was loaded so far stays for good: the collector need not walk through it again, and not after every few edits.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
