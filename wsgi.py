"""The application for gunicorn and friends: `gunicorn wsgi:app`."""

from portal import create_app

app = create_app()
