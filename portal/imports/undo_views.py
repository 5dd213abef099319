"""The pages on which an import is taken back."""

from __future__ import annotations

from uuid import UUID

from flask import Response, redirect, request, url_for

from portal.errors import Problem
from portal.imports import undo
from portal.imports.page_models import undo_model
from portal.imports.views import bp, job_or_404, with_book
from portal.pages import render
from sync.columns import utcnow


@bp.get("/<uuid:job_id>/undo")
@with_book
def undo_page(job_id: UUID) -> str:
    """What would happen, how far it is, or what stayed."""
    job = job_or_404(job_id)
    if undo.undo_of(job.id) is None and not undo.can_undo(job, utcnow()):
        raise Problem(404, "not_found")
    return render("imports/undo.html", **undo_model(job))


@bp.post("/<uuid:job_id>/undo")
@with_book
def begin_undo(job_id: UUID) -> Response:
    """Begin. Twice is the same as once."""
    job = job_or_404(job_id)
    if undo.undo_of(job.id) is None:
        if not undo.can_undo(job, utcnow()):
            raise Problem(404, "not_found")
        undo.start(job)
    return redirect(url_for(".undo_page", job_id=job.id), 303)  # type: ignore[return-value]


@bp.post("/<uuid:job_id>/undo/steps")
@with_book
def undo_step(job_id: UUID) -> Response | str:
    """Work for about a second. The page asks again until all is done; without script a button does."""
    job = job_or_404(job_id)
    undo.advance(job.id)
    back = url_for(".undo_page", job_id=job_id)
    if "HX-Request" not in request.headers:
        return redirect(back, 303)  # type: ignore[return-value]
    model = undo_model(job_or_404(job_id))
    return Response(headers={"HX-Redirect": back}) if model["is_done"] else render("imports/undo_bar.html", **model)
