"""What buyers receive."""

from django.core import mail
from procrastinate.contrib.django.models import ProcrastinateJob

from estrade.tickets import actions, presenting, queries, tasks
from estrade.tickets.actions.orders import Buyer
from estrade.tickets.pricing import Choice


def ordered(concert, evening, free_type, noon, language="en"):
    actions.open_sale(concert)
    order = actions.reserve(evening.pk, [Choice(free_type.pk, 2)], noon)
    return actions.give_details(order.pk, Buyer("Bob Martin", "bob@example.org", language), noon)


def test_the_tickets_mail_has_a_link_a_code_and_a_calendar_file_for_each_ticket(concert, evening, free_type, noon):
    order = ordered(concert, evening, free_type, noon)

    tasks.mail_tickets(str(order.pk))

    (message,) = mail.outbox
    assert message.to == ["bob@example.org"]
    for ticket in queries.tickets_of(order.pk):
        assert presenting.ticket_url(ticket) in message.body
        assert presenting.ticket_url(ticket) in message.alternatives[0][0]
    kinds = [part.get_content_type() if hasattr(part, "get_content_type") else part[2] for part in message.attachments]
    assert kinds == ["image/png", "image/png", "text/calendar"]


def test_the_mail_is_written_in_the_buyers_language(concert, evening, free_type, noon):
    order = ordered(concert, evening, free_type, noon, language="fr")

    tasks.mail_tickets(str(order.pk))

    assert mail.outbox[0].subject.startswith("Vos 2 places")
    assert "Total\N{NO-BREAK SPACE}: " in mail.outbox[0].body


def test_a_cancelled_order_mails_no_tickets(concert, evening, free_type, noon):
    order = ordered(concert, evening, free_type, noon)
    actions.cancel(order.pk, noon)

    tasks.mail_tickets(str(order.pk))

    assert mail.outbox == []


def test_links_of_orders_go_to_their_address_alone_and_to_nobody_when_there_are_none(concert, evening, free_type, noon):
    order = ordered(concert, evening, free_type, noon)

    tasks.mail_order_links("mallory@example.org", "en")
    tasks.mail_order_links("bob@example.org", "en")

    (message,) = mail.outbox
    assert message.to == ["bob@example.org"]
    assert presenting.order_url(order) in message.body


def test_a_moved_date_is_written_to_everybody_with_a_ticket(concert, evening, free_type, noon):
    ordered(concert, evening, free_type, noon)

    tasks.mail_moved(str(evening.pk), noon.isoformat())
    (job,) = ProcrastinateJob.objects.filter(task_name="tickets.mail_new_date")
    tasks.mail_new_date(**job.args)

    assert [message.to for message in mail.outbox] == [["bob@example.org"]]


def test_a_buyer_who_cancelled_meanwhile_is_not_told_of_the_new_date(concert, evening, free_type, noon):
    order = ordered(concert, evening, free_type, noon)
    actions.cancel(order.pk, noon)

    tasks.mail_new_date(str(order.pk), noon.isoformat())

    assert mail.outbox == []
