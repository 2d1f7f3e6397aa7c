"""The field that signing up asks for besides the e-mail address."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from estrade.base.text import clean_line
from estrade.users.models import User


class SignupForm(forms.Form):
    """Goes before allauth's own form; the adapter saves what is typed here."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        help_text=_("People in the room see it."),
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    field_order = ["name", "email"]

    def clean_name(self) -> str:
        """The name on one line, without control characters."""
        name = clean_line(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(_("Say your name."))
        return name

    def signup(self, request: HttpRequest, user: User) -> None:
        """Nothing is left to do: the adapter has saved the name."""
