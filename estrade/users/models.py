"""People who sign in, the organisations they act for, and the tokens of programs."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from estrade.base.ids import new_id


class UserManager(BaseUserManager["User"]):
    """Makes users; the e-mail address is the name one signs in with."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> User:
        """A saved user without staff rights; no password means sign-in by code or passkey."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """The user whose e-mail address this is, whatever its capitals."""
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person who can sign in. Buyers need none."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(max_length=254, unique=True)  # in lower case
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=8, default="en")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)  # the operator
    joined_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.CheckConstraint(name="email_in_lower_case", condition=Q(email=Lower("email")))]

    def __str__(self) -> str:
        return self.name or self.email


class Plan(models.TextChoices):
    """What an organisation is offered; the operator says which, and the fee may differ."""

    FREE = "free"
    PRO = "pro"
    EDUCATION = "education"


class Organisation(models.Model):
    """Who runs events and is paid for them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    currency = models.CharField(max_length=3, default="EUR")
    about = models.TextField(blank=True, max_length=4000)
    contact_email = models.EmailField(blank=True)
    plan = models.CharField(max_length=10, choices=Plan.choices, default=Plan.FREE, db_default="free")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user's role in an organisation."""

    class Role(models.TextChoices):
        """From the widest to the narrowest; `users.permissions` says what each may do."""

        OWNER = "owner"
        MANAGER = "manager"
        CREW = "crew"
        FINANCE = "finance"
        DOOR = "door"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_role_in_an_organisation", fields=["organisation", "user"])]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class Invitation(models.Model):
    """An organisation asks the owner of an e-mail address to become a member. The link's secret follows from `id`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(max_length=254)  # in small letters
    role = models.CharField(max_length=10, choices=Membership.Role.choices)
    invited_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="one_invitation_each", fields=["organisation", "email"])]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"


class Mail(models.Model):
    """A mail that waits to be sent. It may hold a sign-in code, so it is deleted once sent, and jobs know only its id."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    to = models.EmailField(max_length=254)
    subject = models.CharField(max_length=255)
    text = models.TextField()
    html = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.pk)


class ApiToken(models.Model):
    """Lets a program act for an organisation, within `scopes`. Only a hash of the token is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)  # of users.permissions.Scope
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
