"""Every address of the site on one page."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from estrade.charities import pages as charities
from estrade.events import pages as events
from estrade.payments import bank_pages, door_pages, statement_pages
from estrade.payments import host_pages as payments_of_hosts
from estrade.payments import pages as payments
from estrade.rooms import pages as rooms
from estrade.site import pages
from estrade.site.api import api
from estrade.tickets import charity_pages, directory_pages, host_pages, order_pages, price_pages
from estrade.tickets import pages as tickets
from estrade.users import pages as users

type_of_urls = list[URLPattern | URLResolver]
handler404 = "estrade.site.refusals.nothing_here"

users_urls: type_of_urls = [
    path("host/organisations", users.organisations, name="organisations"),
    path("host/organisations/new", users.create_organisation, name="create_organisation"),
    path("host/organisations/<uuid:organisation_id>", users.organisation, name="organisation"),
    path("host/organisations/<uuid:organisation_id>/members", users.members, name="members"),
    path("host/organisations/<uuid:organisation_id>/members/<uuid:membership_id>/role", users.change_role, name="change_role"),
    path(
        "host/organisations/<uuid:organisation_id>/members/<uuid:membership_id>/remove",
        users.remove_member,
        name="remove_member",
    ),
    path(
        "host/organisations/<uuid:organisation_id>/invitations/<uuid:invitation_id>/withdraw",
        users.withdraw_invitation,
        name="withdraw_invitation",
    ),
    path("host/organisations/<uuid:organisation_id>/tokens", users.tokens, name="tokens"),
    path("host/organisations/<uuid:organisation_id>/tokens/<uuid:token_id>/revoke", users.revoke_token, name="revoke_token"),
    path("invitations/<uuid:invitation_id>/<str:secret>", users.invitation, name="invitation"),
    path("host/profile", users.profile, name="profile"),
]
events_urls: type_of_urls = [
    path("", directory_pages.directory, name="directory"),
    path("host", host_pages.host, name="host"),
    path("host/events/new", events.create, name="create"),
    path("host/events/<uuid:event_id>", host_pages.manage, name="manage"),
    path("host/events/<uuid:event_id>/edit", events.edit, name="edit"),
    path("host/events/<uuid:event_id>/picture", events.picture, name="picture"),
    path("host/events/<uuid:event_id>/dates", events.dates, name="dates"),
    path("host/events/<uuid:event_id>/dates/<uuid:occurrence_id>", events.move, name="move"),
    path("host/events/<uuid:event_id>/dates/<uuid:occurrence_id>/remove", events.remove_date, name="remove_date"),
    path("host/events/<uuid:event_id>/guests", events.guests, name="guests"),
    path("host/events/<uuid:event_id>/publish", events.publish, name="publish"),
    path("host/events/<uuid:event_id>/cancel", events.cancel, name="cancel"),
    path("host/events/<uuid:event_id>/duplicate", host_pages.duplicate, name="duplicate"),
    path("e/<slug:slug>", tickets.event, name="event"),
    path("e/<slug:slug>/preview", events.preview, name="preview"),
]
charities_urls: type_of_urls = [
    path("charities", charity_pages.index, name="index"),
    path("charities/<slug:slug>", charity_pages.charity, name="charity"),
    path("host/organisations/<uuid:organisation_id>/charities", charities.propose, name="propose"),
]
tickets_urls: type_of_urls = [
    path("e/<slug:slug>/reserve", tickets.reserve, name="reserve"),
    path("orders/<uuid:order_id>", payments.order, name="order"),
    path("orders/<uuid:order_id>/checkout", payments.checkout, name="checkout"),
    path("orders/<uuid:order_id>/release", tickets.release, name="release"),
    path("orders/<uuid:order_id>/send-again", tickets.send_again, name="send_again"),
    path("o/<uuid:order_id>/<str:secret>", tickets.open_order, name="open_order"),
    path("t/<uuid:ticket_id>/<str:secret>", tickets.open_ticket, name="open_ticket"),
    path("tickets/<uuid:ticket_id>", tickets.ticket, name="ticket"),
    path("tickets/<uuid:ticket_id>/calendar.ics", tickets.calendar, name="calendar"),
    path("tickets/<uuid:ticket_id>/cancel", tickets.cancel_ticket, name="cancel_ticket"),
    path("tickets/<uuid:ticket_id>/hand-over", tickets.hand_over, name="hand_over"),
    path("find-order", tickets.find_order, name="find_order"),
    path("host/events/<uuid:event_id>/tickets", price_pages.prices, name="prices"),
    path("host/events/<uuid:event_id>/fee", price_pages.fee, name="fee"),
    path("host/events/<uuid:event_id>/goal", price_pages.goal, name="goal"),
    path("host/events/<uuid:event_id>/tickets/new", price_pages.add, name="add_price"),
    path("host/events/<uuid:event_id>/tickets/<uuid:ticket_type_id>", price_pages.edit, name="edit_price"),
    path("host/events/<uuid:event_id>/tickets/<uuid:ticket_type_id>/retire", price_pages.retire, name="retire_price"),
    path("host/events/<uuid:event_id>/orders", order_pages.orders, name="orders"),
    path("host/events/<uuid:event_id>/orders.csv", order_pages.orders_csv, name="orders_csv"),
    path("host/events/<uuid:event_id>/attendees", order_pages.attendees, name="attendees"),
    path("host/events/<uuid:event_id>/attendees.csv", order_pages.attendees_csv, name="attendees_csv"),
]
payments_urls: type_of_urls = [
    path("orders/<uuid:order_id>/return", payments.come_back, name="return"),
    path("orders/<uuid:order_id>/pay", payments.pay, name="pay"),
    path("orders/<uuid:order_id>/cancel", payments.cancel, name="cancel"),
    path("host/events/<uuid:event_id>/orders/<uuid:order_id>/cancel", payments_of_hosts.cancel_order, name="cancel_order"),
    path("host/events/<uuid:event_id>/refunds/<uuid:refund_id>", payments_of_hosts.refund, name="refund"),
    path("host/organisations/<uuid:organisation_id>/transfers", bank_pages.transfers, name="transfers"),
    path("host/organisations/<uuid:organisation_id>/transfers/<uuid:line_id>", bank_pages.decide, name="decide"),
    path("host/organisations/<uuid:organisation_id>/bank-account", bank_pages.bank_account, name="bank_account"),
    path("host/organisations/<uuid:organisation_id>/bank-account/stop", bank_pages.stop_change, name="stop_change"),
    path("host/events/<uuid:event_id>/door", door_pages.door, name="door"),
    path("callbacks/stripe", payments.callback, name="callback"),
    path("host/events/<uuid:event_id>/statement", statement_pages.statement, name="statement"),
    path("host/events/<uuid:event_id>/statement/entries", statement_pages.event_entries, name="entries"),
    path("host/events/<uuid:event_id>/statement.<slug:form>", statement_pages.event_file, name="statement_file"),
    path("host/organisations/<uuid:organisation_id>/statement", statement_pages.of_organisation, name="organisation_statement"),
    path(
        "host/organisations/<uuid:organisation_id>/statement/entries",
        statement_pages.organisation_entries,
        name="organisation_entries",
    ),
    path(
        "host/organisations/<uuid:organisation_id>/statement.<slug:form>",
        statement_pages.organisation_file,
        name="organisation_statement_file",
    ),
]
rooms_urls: type_of_urls = [
    path("tickets/<uuid:ticket_id>/enter", rooms.enter, name="enter"),
    path("host/occurrences/<uuid:occurrence_id>/room", rooms.of_occurrence, name="of_occurrence"),
    path("c/<uuid:crew_member_id>/<str:secret>", rooms.open_crew, name="open_crew"),
    path("rooms/<uuid:room_id>", rooms.room, name="room"),
    path("host/events/<uuid:event_id>/crew", rooms.crew, name="crew"),
    path("host/events/<uuid:event_id>/crew/<uuid:crew_member_id>/remove", rooms.remove_crew_member, name="remove_crew_member"),
    path("internal/admit-engine", rooms.admit_engine, name="admit_engine"),
    path("internal/admit-messages", rooms.admit_messages, name="admit_messages"),
    path("internal/messages/batch", rooms.batch, name="batch"),
]

urlpatterns: type_of_urls = [
    path("api/v1/", api.urls),  # first: programs ask most often
    path("", include((users_urls, "users"))),
    path("", include((events_urls, "events"))),
    path("", include((charities_urls, "charities"))),
    path("", include((tickets_urls, "tickets"))),
    path("", include((payments_urls, "payments"))),
    path("", include((rooms_urls, "rooms"))),
    path("account/", include("allauth.urls")),
    path("language", pages.set_language, name="set_language"),
    path("legal/<str:name>", pages.legal, name="legal"),
    path("health/live", pages.live, name="live"),
    path("health/ready", pages.ready, name="ready"),
]

if settings.DEMO or settings.DEBUG:
    urlpatterns.append(path("gallery", pages.gallery, name="gallery"))

if settings.DEMO:
    from estrade.site import demo_pages

    urlpatterns.append(path("demo/", include((demo_pages.urlpatterns, "demo"))))
