"""What may happen to users, organisations, memberships and tokens."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from django.utils.translation import gettext

from estrade.base.errors import FieldError, Invalid, NotFound
from estrade.base.jobs import defer
from estrade.base.money import EXPONENTS
from estrade.base.text import clean_line, clean_text
from estrade.users import queries
from estrade.users.errors import AlreadyMember, InvitationForAnother, InvitationGone, LastOwner
from estrade.users.models import ApiToken, Invitation, Mail, Membership, Organisation, Plan, User
from estrade.users.permissions import TOKEN_SCOPES

INVITATION_LIFETIME = timedelta(days=14)
TOKEN_PREFIX = "estrade_"  # noqa: S105 - so that scanners of secrets know one when they see it
NAME_MAX = 120


class OrganisationFields(TypedDict, total=False):
    """What can be said of an organisation."""

    name: str
    currency: str
    about: str
    contact_email: str


def clean_email(email: str, field: str = "email") -> str:
    """`email` in small letters.

    Raises:
        Invalid: it is not an e-mail address.
    """
    email = clean_line(email).lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid(
            [FieldError(field, "email", gettext("This is not an e-mail address. It looks like name@example.org."))]
        ) from None
    if len(email) > 254:
        raise Invalid([FieldError(field, "too_long", gettext("An e-mail address has at most 254 characters."))])
    return email


@transaction.atomic
def create_organisation(owner: User, **fields: Unpack[OrganisationFields]) -> Organisation:
    """A new organisation whose owner is `owner`.

    Raises:
        Invalid: a field is not as it should be; `name` is needed.
    """
    cleaned = _clean_organisation({"name": "", **fields})
    organisation = _with_free_slug(cleaned)
    Membership.objects.create(organisation=organisation, user=owner, role=Membership.Role.OWNER)
    return organisation


@transaction.atomic
def edit_organisation(organisation: Organisation, **changes: Unpack[OrganisationFields]) -> Organisation:
    """Change what is said of the organisation. Its address stays; a new currency is for events yet to be created.

    Raises:
        Invalid: a field is not as it should be.
    """
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    cleaned = _clean_organisation(changes)
    for name, value in cleaned.items():
        setattr(organisation, name, value)
    organisation.save()
    return organisation


def change_plan(slug: str, plan: str) -> None:
    """Put the organisation called `slug` on `plan`. Orders that were made keep the fee they were made under.

    Raises:
        Invalid: there is no such plan.
        NotFound: there is no such organisation.
    """
    if plan not in Plan.values:
        raise Invalid([FieldError("plan", "unknown", gettext("Choose one from the list."))])
    if not Organisation.objects.filter(slug=slug).update(plan=plan):
        raise NotFound


def _clean_organisation(fields: OrganisationFields) -> dict[str, str]:
    errors: list[FieldError] = []
    cleaned: dict[str, str] = {}
    if "name" in fields:
        cleaned["name"] = clean_line(fields["name"])
        if not cleaned["name"]:
            errors.append(FieldError("name", "missing", gettext("Give the organisation a name.")))
        if len(cleaned["name"]) > NAME_MAX:
            errors.append(FieldError("name", "too_long", gettext("A name has at most 120 characters.")))
    if "currency" in fields:
        cleaned["currency"] = fields["currency"]
        if fields["currency"] not in EXPONENTS:
            errors.append(FieldError("currency", "unknown", gettext("Choose one of the currencies on the list.")))
    if "about" in fields:
        cleaned["about"] = clean_text(fields["about"])
        if len(cleaned["about"]) > 4000:
            errors.append(FieldError("about", "too_long", gettext("This text has at most 4,000 characters.")))
    if fields.get("contact_email"):
        try:
            cleaned["contact_email"] = clean_email(fields["contact_email"], "contact_email")
        except Invalid as refusal:
            errors += refusal.errors
    elif "contact_email" in fields:
        cleaned["contact_email"] = ""
    if errors:
        raise Invalid(errors)
    return cleaned


def _with_free_slug(fields: dict[str, str]) -> Organisation:
    base = slugify(fields["name"])[:50].strip("-") or "organisation"
    slug = base
    while True:
        try:
            with transaction.atomic():
                return Organisation.objects.create(slug=slug, **fields)
        except IntegrityError:  # the slug is taken; two at once are kept apart by the constraint
            slug = f"{base}-{get_random_string(5, 'abcdefghjkmnpqrstuvwxyz23456789')}"


@transaction.atomic
def invite(organisation: Organisation, email: str, role: str, invited_by: User, now: datetime) -> Invitation:
    """Ask the owner of `email` to become a member, by a mail with a link. A second invitation replaces the first.

    Raises:
        Invalid: no e-mail address, or no role.
        AlreadyMember: this address belongs to a member.
    """
    email = clean_email(email)
    _check_role(role)
    if Membership.objects.filter(organisation=organisation, user__email__iexact=email).exists():
        raise AlreadyMember
    invitation, _ = Invitation.objects.update_or_create(
        organisation=organisation,
        email=email,
        defaults={"role": role, "invited_by": invited_by, "created_at": now, "expires_at": now + INVITATION_LIFETIME},
    )
    defer("users.mail_invitation", invitation_id=str(invitation.pk), language=invited_by.language)
    return invitation


def _check_role(role: str) -> None:
    if role not in Membership.Role.values:
        raise Invalid([FieldError("role", "unknown", gettext("Choose one of the roles on the list."))])


@transaction.atomic
def accept_invitation(invitation: Invitation, user: User, now: datetime) -> Membership:
    """Make `user` a member with the role that the invitation names; it can be used once.

    Raises:
        InvitationGone: it was used or withdrawn meanwhile, or is too old.
        InvitationForAnother: it was sent to an address that is not the user's.
    """
    locked = Invitation.objects.select_for_update().filter(pk=invitation.pk).first()
    if locked is None or locked.expires_at <= now:
        raise InvitationGone
    if locked.email != user.email.lower():
        raise InvitationForAnother
    membership, _ = Membership.objects.get_or_create(organisation=locked.organisation, user=user, defaults={"role": locked.role})
    locked.delete()
    return membership


def withdraw_invitation(invitation: Invitation) -> None:
    """Make the invitation's link worthless."""
    Invitation.objects.filter(pk=invitation.pk).delete()


@transaction.atomic
def change_role(membership: Membership, role: str) -> Membership:
    """Give a member another role.

    Raises:
        Invalid: no such role.
        LastOwner: the only owner would become something else.
    """
    _check_role(role)
    membership = _lock(membership)
    if role != Membership.Role.OWNER:
        _check_an_owner_remains(membership)
    membership.role = role
    membership.save(update_fields=["role"])
    return membership


@transaction.atomic
def remove_member(membership: Membership) -> None:
    """End a membership; the user stays a user.

    Raises:
        LastOwner: nobody would own the organisation.
    """
    membership = _lock(membership)
    _check_an_owner_remains(membership)
    membership.delete()


def _lock(membership: Membership) -> Membership:
    # The organisation is locked first: of two owners who remove each other at once, the second is refused.
    Organisation.objects.select_for_update().get(pk=membership.organisation_id)
    found = Membership.objects.filter(pk=membership.pk).first()
    if found is None:
        raise NotFound
    return found


def _check_an_owner_remains(leaving: Membership) -> None:
    others = Membership.objects.filter(organisation_id=leaving.organisation_id, role=Membership.Role.OWNER).exclude(pk=leaving.pk)
    if leaving.role == Membership.Role.OWNER and not others.exists():
        raise LastOwner


@transaction.atomic
def create_token(organisation: Organisation, name: str, scopes: Sequence[str], created_by: User) -> tuple[ApiToken, str]:
    """A token for programs, and its text, which is shown this once: only its hash is kept.

    Raises:
        Invalid: no name, or a scope that no program can be given.
    """
    name = clean_line(name)
    errors = []
    if not name or len(name) > 80:
        errors.append(FieldError("name", "missing", gettext("Say in at most 80 characters what the token is for.")))
    if not scopes or not set(scopes) <= {str(scope) for scope in TOKEN_SCOPES}:
        errors.append(FieldError("scopes", "unknown", gettext("Choose at least one scope, and only from the list.")))
    if errors:
        raise Invalid(errors)
    text = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        organisation=organisation,
        name=name,
        token_hash=queries.token_hash(text),
        scopes=sorted(set(scopes)),
        created_by=created_by,
    )
    return token, text


def revoke_token(token: ApiToken, now: datetime) -> None:
    """End a token for good; ending it twice changes nothing."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)


@transaction.atomic
def add_user(email: str, name: str, language: str = "en") -> User:
    """A user whose address the operator answers for: signing in needs a code, and no confirmation before it.

    Raises:
        Invalid: this is not an e-mail address, or somebody has it.
    """
    email = clean_email(email)
    if User.objects.filter(email__iexact=email).exists():
        raise Invalid([FieldError("email", "taken", gettext("Somebody signs in with this address already."))])
    user = User.objects.create_user(email, name=clean_line(name)[:NAME_MAX], language=language)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


@transaction.atomic
def edit_user(user: User, name: str, language: str | None = None) -> User:
    """Change what the user is called, and the language they are written to in.

    Raises:
        Invalid: the name is missing or too long.
    """
    name = clean_line(name)
    if not name or len(name) > NAME_MAX:
        raise Invalid(
            [FieldError("name", "missing", gettext("Say your name in at most 120 characters. People in the room see it."))]
        )
    user.name = name
    user.language = language or user.language
    user.save(update_fields=["name", "language"])
    return user


@transaction.atomic
def send_mail(to: str, subject: str, text: str, html: str = "") -> Mail:
    """Keep a mail and let a job send it, again and again until the mail server takes it."""
    mail = Mail.objects.create(to=to, subject=" ".join(subject.split())[:255], text=text, html=html)
    defer("users.send_mail", mail_id=str(mail.pk))
    return mail
