"""What we change of django-allauth: who may try how often, and how its mail leaves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from estrade.base import secrets
from estrade.base.limits import count_attempt, network
from estrade.users import actions

_SECOND_FACTOR = "second factor"
CODES_PER_ADDRESS = 6
CODES_PER_NETWORK = 30
PER = timedelta(minutes=10)


class AccountAdapter(DefaultAccountAdapter):
    """Mail goes through a job, so that a mail server that is down delays a code and never breaks the page."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "cannot_remove_primary_email": gettext_lazy("This is the address we write to. Choose another one for that first."),
        "duplicate_email": gettext_lazy("You have added this address already."),
        "email_password_mismatch": gettext_lazy(
            "Address and password do not belong together. Look at both again, or have a code sent to you."
        ),
        "email_taken": gettext_lazy("This address cannot be added. Take another one."),
        "enter_current_password": gettext_lazy("This is not the password you have now."),
        "incorrect_code": gettext_lazy("This is not the code. Look at the newest one again, or ask for another."),
        "incorrect_password": gettext_lazy("This is not your password. Look at it again."),
        "rate_limited": gettext_lazy("That was too often. Wait a few minutes, then try again."),
        "same_as_current": gettext_lazy("This is what you have already. Choose something else."),
        "too_many_login_attempts": gettext_lazy("Too many attempts. Wait ten minutes, then try again."),
        "unverified_primary_email": gettext_lazy("Confirm the address first: we sent you a code."),
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Render the mail now, in the language of the page, and let a job send it.

        Raises:
            TooManyRequests: too many mails to this address, or asked for by this network.
        """
        request = _request()
        now = timezone.now()
        count_attempt("sign-in mail", email.lower(), CODES_PER_ADDRESS, PER, now)
        count_attempt("sign-in mail", network(request), CODES_PER_NETWORK, PER, now)
        message = self.render_mail(template_prefix, email, {"request": request, "email": email, **context})
        html = next((str(body) for body, kind in message.alternatives), "") if isinstance(message, EmailMultiAlternatives) else ""
        actions.send_mail(email, str(message.subject), str(message.body), html)

    def format_email_subject(self, subject: str) -> str:
        """The subject as written, without a site's name in brackets before it."""
        return subject

    def get_client_ip(self, request: HttpRequest) -> str:
        """The visitor's network, as `front` tells it."""
        return network(request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """How somebody shows once more that it is them, in our words; the passkey first, because it takes one touch."""
        named = {
            "reauthenticate": _("Use the password"),
            "mfa_reauthenticate": _("Use a code"),
            "mfa_reauthenticate:webauthn": _("Use a passkey"),
        }
        methods = [method | {"description": named[method["id"]]} for method in super().get_reauthentication_methods(user)]
        return sorted(methods, key=lambda method: str(method["id"]) != "mfa_reauthenticate:webauthn")

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        """Keep the name and the language beside the address."""
        user.name = form.cleaned_data.get("name", "")
        user.language = getattr(request, "LANGUAGE_CODE", "en")[:8]
        return super().save_user(request, user, form, commit)


class SecondFactorAdapter(DefaultMFAAdapter):
    """What is said of authenticator apps and recovery codes, and how their keys are stored."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This is not the code. Wait until your app shows the next one, then type that."),
        "unverified_email": gettext_lazy("Confirm your address first: we sent you a code."),
    }

    def encrypt(self, text: str) -> str:
        """The key of an app or of recovery codes, sealed."""
        return secrets.seal(_SECOND_FACTOR, text)

    def decrypt(self, encrypted_text: str) -> str:
        """The key again.

        Raises:
            SealBroken: it was sealed with another key of the instance.
        """
        return secrets.unseal(_SECOND_FACTOR, encrypted_text)


def _request() -> HttpRequest:
    request = context.request
    assert isinstance(request, HttpRequest), "allauth sends mail only while it answers a request"
    return request
