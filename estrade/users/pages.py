"""Pages of a user and of their organisations: settings, members, tokens, invitations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from estrade.base.errors import FieldError
from estrade.base.forms import attempt, form_page
from estrade.base.money import EXPONENTS
from estrade.users import actions, queries
from estrade.users.access import SignedIn, signed_in
from estrade.users.models import Organisation
from estrade.users.permissions import TOKEN_SCOPES, Permission

CURRENCIES = [(code, code) for code in EXPONENTS]
HOST = {"here": "host"}  # which part of the menu these pages belong to


def role_names() -> dict[str, str]:
    """What each role is called and may do, in the language of the page."""
    return {
        "owner": _("Owner: everything, members too"),
        "manager": _("Manager: events, orders and the room"),
        "crew": _("Crew: sees events, goes backstage"),
        "finance": _("Finance: orders, refunds and statements"),
        "door": _("Door: checks tickets"),
    }


def scope_names() -> dict[str, str]:
    """What each scope of a token lets a program do."""
    names = {
        Permission.EVENTS_READ: _("See events, drafts too"),
        Permission.EVENTS_WRITE: _("Write, publish and cancel events"),
        Permission.ORDERS_READ: _("See buyers and attendees with their addresses"),
        Permission.ORDERS_WRITE: _("Sell, cancel and refund"),
        Permission.MONEY_READ: _("Read statements"),
        Permission.ROOM_HOST: _("Run rooms: open doors, promote, remove, end"),
        Permission.ROOM_CREW: _("Enter rooms as crew"),
        Permission.CHECK_IN: _("Check tickets in"),
    }
    return {str(scope): name for scope, name in names.items() if scope in TOKEN_SCOPES}


@require_http_methods(["GET", "POST"])
@signed_in
def profile(request: SignedIn) -> HttpResponse:
    """What the user is called."""
    errors: list[FieldError] = []
    if request.method == "POST":
        errors = attempt(lambda: actions.edit_user(request.user, request.POST.get("name", ""), translation.get_language()))
        if not errors:
            messages.success(request, _("Saved."))
            return redirect("users:profile")
    said = {"name": request.POST.get("name", request.user.name)}
    return form_page(request, "users/profile.html", HOST | {"said": said}, errors)


@require_http_methods(["GET", "POST"])
@signed_in
def create_organisation(request: SignedIn) -> HttpResponse:
    """A new organisation, owned by whoever creates it."""
    errors: list[FieldError] = []
    said = {"name": request.POST.get("name", ""), "currency": request.POST.get("currency", "EUR")}
    if request.method == "POST":
        errors = attempt(lambda: actions.create_organisation(request.user, name=said["name"], currency=said["currency"]))
        if not errors:
            messages.success(request, _("Your organisation stands. Now write its first event."))
            return redirect("events:create")
    return form_page(request, "users/create_organisation.html", HOST | {"said": said, "currencies": CURRENCIES}, errors)


@require_http_methods(["GET", "POST"])
@signed_in
def organisation(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """What people read about the organisation."""
    found = queries.organisation_for(request.viewer, organisation_id, Permission.MEMBERS_WRITE)
    said = {name: request.POST.get(name, getattr(found, name)) for name in ("name", "currency", "about", "contact_email")}
    errors: list[FieldError] = []
    if request.method == "POST":
        errors = attempt(
            lambda: actions.edit_organisation(
                found, name=said["name"], currency=said["currency"], about=said["about"], contact_email=said["contact_email"]
            )
        )
        if not errors:
            messages.success(request, _("Saved."))
            return redirect("users:organisation", found.pk)
    return form_page(
        request, "users/organisation.html", HOST | _frame(found, "settings") | {"said": said, "currencies": CURRENCIES}, errors
    )


def _frame(found: Organisation, tab: str) -> dict[str, Any]:
    return {"organisation": found, "tab": tab}


@require_http_methods(["GET", "POST"])
@signed_in
def members(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """Who belongs to the organisation; inviting somebody."""
    found = queries.organisation_for(request.viewer, organisation_id, Permission.MEMBERS_WRITE)
    said = {"email": request.POST.get("email", ""), "role": request.POST.get("role", "manager")}
    errors: list[FieldError] = []
    if request.method == "POST":
        errors = attempt(lambda: actions.invite(found, said["email"], said["role"], request.user, timezone.now()))
        if not errors:
            messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": said["email"]})
            return redirect("users:members", found.pk)
    return _members_page(request, found, said, errors)


def _members_page(request: SignedIn, found: Organisation, said: dict[str, str], errors: list[FieldError]) -> HttpResponse:
    context = _frame(found, "members") | {
        "members": queries.members(found),
        "invitations": queries.invitations(found),
        "roles": list(role_names().items()),
        "role_names": role_names(),
        "said": said,
    }
    return form_page(request, "users/members.html", HOST | context, errors)


@require_POST
@signed_in
def change_role(request: SignedIn, organisation_id: UUID, membership_id: UUID) -> HttpResponse:
    """Give a member another role."""
    found = queries.organisation_for(request.viewer, organisation_id, Permission.MEMBERS_WRITE)
    membership = queries.membership(found, membership_id)
    errors = attempt(lambda: actions.change_role(membership, request.POST.get("role", "")))
    if errors:
        return _members_page(request, found, {"role": "manager"}, errors)
    messages.success(request, _("Saved."))
    return redirect("users:members", found.pk)


@require_http_methods(["GET", "POST"])
@signed_in
def remove_member(request: SignedIn, organisation_id: UUID, membership_id: UUID) -> HttpResponse:
    """Asks first, then ends a membership."""
    found = queries.organisation_for(request.viewer, organisation_id, Permission.MEMBERS_WRITE)
    membership = queries.membership(found, membership_id)
    if request.method == "POST":
        errors = attempt(lambda: actions.remove_member(membership))
        if errors:
            return _members_page(request, found, {"role": "manager"}, errors)
        messages.success(request, _("%(name)s is no longer a member.") % {"name": membership.user})
        if membership.user_id == request.user.pk:
            return redirect("events:host")
        return redirect("users:members", found.pk)
    context = {
        "here": "host",
        "title": _("Remove %(name)s?") % {"name": membership.user},
        "text": _("They lose access to %(organisation)s at once. What they did stays.") % {"organisation": found.name},
        "action": request.path,
        "confirm_text": _("Remove"),
        "keep_url": reverse("users:members", args=[found.pk]),
        "keep_text": _("Keep"),
    }
    return render(request, "confirm.html", context)


@require_POST
@signed_in
def withdraw_invitation(request: SignedIn, organisation_id: UUID, invitation_id: UUID) -> HttpResponse:
    """Make an invitation worthless."""
    found = queries.organisation_for(request.viewer, organisation_id, Permission.MEMBERS_WRITE)
    actions.withdraw_invitation(queries.invitation(found, invitation_id))
    messages.success(request, _("The invitation is withdrawn."))
    return redirect("users:members", found.pk)


@require_http_methods(["GET", "POST"])
@cache_control(private=True, no_store=True)
def invitation(request: HttpRequest, invitation_id: UUID, secret: str) -> HttpResponse:
    """What an invitation says. Opening it changes nothing, for mail scanners open links; accepting is a POST."""
    found = queries.invitation_by_secret(invitation_id, secret)
    errors: list[FieldError] = []
    if request.method == "POST" and request.user.is_authenticated:
        user = queries.user(request.user.pk)
        errors = attempt(lambda: actions.accept_invitation(found, user, timezone.now()))
        if not errors:
            messages.success(request, _("You now belong to %(name)s.") % {"name": found.organisation.name})
            return redirect("events:host")
    context = {"invitation": found, "role": role_names()[found.role], "next": request.path}
    return form_page(request, "users/invitation.html", HOST | context, errors)


@require_http_methods(["GET", "POST"])
@signed_in
def tokens(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """The organisation's tokens. A new one is shown in the answer to its creation, and never again: only its hash is kept."""
    found = queries.organisation_for(request.viewer, organisation_id, Permission.TOKENS_WRITE)
    said = {"name": request.POST.get("name", ""), "scopes": request.POST.getlist("scopes")}
    errors: list[FieldError] = []
    new_token = ""
    if request.method == "POST":
        made: list[str] = []
        errors = attempt(lambda: made.append(actions.create_token(found, str(said["name"]), list(said["scopes"]), request.user)[1]))
        new_token = "".join(made)
        said = said if errors else {"name": "", "scopes": []}
    names = scope_names()
    context = _frame(found, "tokens") | {
        "tokens": [(row, [names[scope] for scope in row.scopes]) for row in queries.tokens(found)],
        "scopes": list(names.items()),
        "said": said,
        "new_token": new_token,
    }
    return form_page(request, "users/tokens.html", HOST | context, errors)


@require_POST
@signed_in
def revoke_token(request: SignedIn, organisation_id: UUID, token_id: UUID) -> HttpResponse:
    """End a token for good."""
    found = queries.organisation_for(request.viewer, organisation_id, Permission.TOKENS_WRITE)
    actions.revoke_token(queries.token(found, token_id), timezone.now())
    messages.success(request, _("The token is revoked. Programs that use it are refused from now on."))
    return redirect("users:tokens", found.pk)


@require_GET
@signed_in
def organisations(request: SignedIn) -> HttpResponse:
    """Straight to the one organisation, or the choice between several, or the page that creates the first."""
    mine = queries.organisations_of(request.viewer)
    if not mine:
        return redirect("users:create_organisation")
    may = request.viewer.may
    rows = [(each, may(Permission.MEMBERS_WRITE, each.pk), may(Permission.MONEY_READ, each.pk)) for each in mine]
    return form_page(request, "users/organisations.html", HOST | {"organisations": rows}, [])
