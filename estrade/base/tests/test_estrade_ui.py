from datetime import UTC, datetime

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation

from estrade.base.money import Money
from estrade.base.templatetags import estrade_ui

EVENING = datetime(2026, 11, 29, 19, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "amount", "text"),
    [
        ("en", Money(2500, "EUR"), "€25.00"),
        ("fr", Money(2500, "EUR"), "25,00\u00a0€"),
        ("en", Money(-3000, "EUR"), "−€30.00"),
        ("fr", Money(0, "EUR"), "0,00\u00a0€"),
    ],
)
def test_an_amount_is_written_in_the_readers_language_with_a_true_minus(language, amount, text):
    with translation.override(language):
        assert estrade_ui.money_text(amount) == text


def test_a_column_of_money_leaves_the_currency_to_its_head():
    with translation.override("fr"):
        assert estrade_ui.figures(Money(287_400, "EUR")) == "2\u202f874,00"


def test_a_moment_is_written_in_its_zone():
    with translation.override("en"):
        assert estrade_ui.time_in(EVENING, "Europe/Luxembourg") == "Sunday 29 November 2026, 20:30"
        assert estrade_ui.time_in(EVENING, "Europe/Lisbon") == "Sunday 29 November 2026, 19:30"
    with translation.override("fr"):
        assert estrade_ui.time_in(EVENING, "Europe/Luxembourg") == "Dimanche 29 novembre 2026, 20:30"
        assert estrade_ui.time_within(EVENING, "Europe/Luxembourg") == "dimanche 29 novembre 2026, 20:30"


@pytest.mark.parametrize(("part", "whole", "width"), [(212, 250, "84.8%"), (0, 250, "0.0%"), (300, 250, "100.0%"), (1, 0, "0.0%")])
def test_a_measure_stays_on_its_line(part, whole, width):
    assert f'width="{width}"' in estrade_ui.measure(part, whole)


@pytest.mark.parametrize(("language", "text"), [("en", "12.5%"), ("fr", "12,5\u00a0%")])
def test_basis_points_are_said_in_percent(language, text):
    with translation.override(language):
        assert estrade_ui.percent(1250) == text


class EmailForm(forms.Form):
    email = forms.EmailField(help_text="Your tickets arrive here.")


def test_a_field_keeps_what_was_typed_and_names_what_is_wrong():
    template = Template("{% load estrade_ui %}{% form_field form.email %}")

    html = template.render(Context({"form": EmailForm({"email": "bob@<poste"})}))

    assert 'value="bob@&lt;poste"' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_email-error id_email-hint"' in html
    assert 'id="id_email-error"' in html
    assert 'id="id_email-hint"' in html
