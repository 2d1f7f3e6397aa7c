"""Where an organisation says which account transfers go to, reads its bank's statements in, and decides what they leave open."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from estrade.base.errors import FieldError
from estrade.base.forms import attempt, form_page
from estrade.payments.bank import actions, numbers, queries
from estrade.payments.bank.lines import STATEMENT_BYTES_MAX
from estrade.payments.errors import SecondFactorNeeded
from estrade.users import queries as users
from estrade.users.access import SignedIn, signed_in
from estrade.users.models import Organisation
from estrade.users.permissions import Permission

DAYS_AT_FIRST = "7"


@require_http_methods(["GET", "POST"])
@signed_in
def transfers(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """The account, the statements, and the transfers that nobody can place; a statement is read in."""
    found = users.organisation_for(request.viewer, organisation_id, Permission.MONEY_READ)
    errors: list[FieldError] = []
    if request.method == "POST":
        request.viewer.require(Permission.ORDERS_WRITE, found.pk)
        errors = attempt(lambda: _read_in(request, found))
        if not errors:
            return redirect("payments:transfers", found.pk)
    return _transfers_page(request, found, errors)


def _transfers_page(request: SignedIn, found: Organisation, errors: list[FieldError]) -> HttpResponse:
    now = timezone.now()
    account = queries.account(found.pk, now)
    to_decide = queries.to_decide(found)
    context = {
        "organisation": found,
        "tab": "transfers",
        "here": "host",
        "account": account,
        "iban": numbers.grouped(account.iban) if account else "",
        "coming": queries.coming_account(found.pk, now),
        "may_change": request.viewer.may(Permission.MONEY_WRITE, found.pk),
        "to_decide": to_decide,
        "others": sum(not each.candidates for each in to_decide),
        "awaited": queries.awaited(found),
        "statements": queries.statements(found),
    }
    return form_page(request, "payments/transfers.html", context, errors)


def _read_in(request: SignedIn, found: Organisation) -> None:
    sent = request.FILES.get("file")
    body = sent.read(STATEMENT_BYTES_MAX + 1) if sent else b""
    name = (sent.name if sent else "") or _("Statement")
    assert request.viewer.user_id
    _statement, placed = actions.read_in(found, body, name, request.viewer.user_id, timezone.now())
    left = sum(bool(each.candidates) for each in queries.to_decide(found))
    text = ngettext("%(count)d transfer was for an order.", "%(count)d transfers were for orders.", placed) % {"count": placed}
    text = text if placed else _("Read in. No transfer names an order and its amount.")
    more = ngettext("%(count)d is for you to decide.", "%(count)d are for you to decide.", left) % {"count": left}
    messages.success(request, f"{text} {more}" if left else text)


@require_POST
@signed_in
def decide(request: SignedIn, organisation_id: UUID, line_id: UUID) -> HttpResponse:
    """What a transfer is for, that nobody but a person can know."""
    found = users.organisation_for(request.viewer, organisation_id, Permission.ORDERS_WRITE)
    request.viewer.require(Permission.MONEY_READ, found.pk)
    errors = attempt(lambda: _decide(request, found, queries.line(found, line_id).pk))
    if errors:
        return _transfers_page(request, found, errors)
    return redirect("payments:transfers", found.pk)


def _decide(request: SignedIn, found: Organisation, line_id: UUID) -> None:
    by, now = request.viewer.user_id, timezone.now()
    assert by
    if request.POST.get("what") == "aside":
        actions.set_aside(found, line_id, by, now)
        messages.success(request, _("Set aside. It is for nothing that was sold here."))
        return
    order = actions.assign(found, line_id, request.POST.get("number", ""), by, now)
    messages.success(request, _("Order %(number)s is paid. Its tickets are on their way.") % {"number": order.number})


@require_http_methods(["GET", "POST"])
@signed_in
@reauthentication_required(allow_get=True)
def bank_account(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """Which account transfers go to. To change it, show once more that it is you."""
    found = users.organisation_for(request.viewer, organisation_id, Permission.MONEY_WRITE)
    said = _said(request, found)
    errors: list[FieldError] = []
    if request.method == "POST":
        errors = attempt(lambda: _set_account(request, found, said))
        if not errors:
            return redirect("payments:transfers", found.pk)
    context = {"organisation": found, "tab": "transfers", "here": "host", "said": said, "may_change": True}
    return form_page(request, "payments/bank_account.html", context, errors)


def _said(request: SignedIn, found: Organisation) -> dict[str, Any]:
    if request.method == "POST":
        return {name: request.POST.get(name, "") for name in ("holder", "iban", "bic", "days")}
    now = timezone.now()
    row = queries.coming_account(found.pk, now) or queries.account(found.pk, now)
    if row is None:
        return {"holder": found.name, "iban": "", "bic": "", "days": DAYS_AT_FIRST}
    return {"holder": row.holder, "iban": numbers.grouped(row.iban), "bic": row.bic, "days": str(row.days)}


def _set_account(request: SignedIn, found: Organisation, said: dict[str, Any]) -> None:
    now = timezone.now()
    last = queries.last_account(found.pk, now)
    if last and numbers.compact(said["iban"]) not in {last.iban, ""} and not users.has_second_factor(request.user):
        raise SecondFactorNeeded
    row = actions.set_account(found, said["holder"], said["iban"], said["bic"], said["days"], request.user.pk, now)
    if row.effective_at > now:
        messages.success(request, _("Noted. The new account holds in three days; every owner is told by mail."))
    elif row.iban:
        messages.success(request, _("Saved. Buyers may pay by transfer from now on."))
    else:
        messages.success(request, _("Saved. Nobody can choose to pay by transfer any more."))


@require_POST
@signed_in
def stop_change(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """Keep the account that holds."""
    found = users.organisation_for(request.viewer, organisation_id, Permission.MONEY_WRITE)
    actions.stop_change(found, timezone.now())
    messages.success(request, _("The account stays as it is."))
    return redirect("payments:transfers", found.pk)
