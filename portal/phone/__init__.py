"""The phone's templates: Jinja2 files compiled to JavaScript, and the proof that both sides print the same."""
