"""Where a host searches public registers and proposes a charity for the operator's list."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from estrade.base.errors import FieldError
from estrade.base.forms import attempt, form_page
from estrade.charities import actions, queries
from estrade.users.access import SignedIn, signed_in
from estrade.users.permissions import Permission
from estrade.users.queries import organisation_for

SHOWN = 20


@require_http_methods(["GET", "POST"])
@signed_in
def propose(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """Search registers; propose what was found, with what it does; see what was proposed before."""
    organisation = organisation_for(request.viewer, organisation_id, Permission.EVENTS_WRITE)
    said = {name: request.POST.get(name, "").strip() for name in ("register", "number", "purpose", "website")}
    errors: list[FieldError] = []
    if request.method == "POST":
        errors = attempt(lambda: actions.propose(organisation, now=timezone.now(), **said))
        if not errors:
            messages.success(request, _("Proposed. It can be chosen as soon as the operator has put it on the list."))
            return redirect("charities:propose", organisation.pk)
    text = request.GET.get("q", "").replace("\0", "").strip()[:100]
    chosen = request.GET.get("register", said["register"]), request.GET.get("number", said["number"])
    context = {
        "organisation": organisation,
        "query": text,
        "entries": queries.found_entries(text, limit=SHOWN),
        "chosen": queries.entry(*chosen) if all(chosen) else None,
        "said": said,
        "proposals": queries.proposals_of(organisation),
        "here": "host",
    }
    return form_page(request, "charities/propose.html", context, errors)
