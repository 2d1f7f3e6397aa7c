"""Mail of the users domain."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from estrade.base.mail import mail_task, send
from estrade.users import actions, queries
from estrade.users.models import Invitation, Mail


@mail_task("users.send_mail", priority=1)
def send_mail(mail_id: str) -> None:
    """Hand a waiting mail to the mail server, then forget it. May send twice if it stops in between, never not at all."""
    mail = Mail.objects.filter(pk=UUID(mail_id)).first()
    if mail is None:
        return
    message = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.to])
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    send(message, is_awaited=True)
    mail.delete()


@mail_task("users.mail_invitation")
def mail_invitation(invitation_id: str, language: str) -> None:
    """Write the mail with an invitation's link, unless it was withdrawn meanwhile."""
    invitation = Invitation.objects.select_related("organisation", "invited_by").filter(pk=UUID(invitation_id)).first()
    if invitation is None:
        return
    path = reverse("users:invitation", args=[invitation.pk, queries.invitation_secret(invitation)])
    with translation.override(language):
        text = render_to_string("users/mail/invitation.txt", {"invitation": invitation, "link": settings.SITE_URL + path})
    subject, _, body = text.partition("\n")
    actions.send_mail(invitation.email, subject, body.strip() + "\n")
