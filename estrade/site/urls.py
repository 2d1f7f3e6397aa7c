"""Every address of the site on one page."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from estrade.payments import pages as payments
from estrade.site import pages
from estrade.site.api import api
from estrade.tickets import pages as tickets

type_of_urls = list[URLPattern | URLResolver]

events_urls: type_of_urls = [
    path("e/<slug:slug>", tickets.event, name="event"),
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
    path("find-order", tickets.find_order, name="find_order"),
]
payments_urls: type_of_urls = [
    path("orders/<uuid:order_id>/return", payments.come_back, name="return"),
    path("orders/<uuid:order_id>/pay", payments.pay, name="pay"),
    path("orders/<uuid:order_id>/cancel", payments.cancel, name="cancel"),
    path("callbacks/stripe", payments.callback, name="callback"),
    path("host/events/<uuid:event_id>/statement", payments.statement, name="statement"),
]

urlpatterns: type_of_urls = [
    path("", include((events_urls, "events"))),
    path("", include((tickets_urls, "tickets"))),
    path("", include((payments_urls, "payments"))),
    path("account/", include("allauth.urls")),
    path("language", pages.set_language, name="set_language"),
    path("legal/<str:name>", pages.legal, name="legal"),
    path("health/live", pages.live, name="live"),
    path("health/ready", pages.ready, name="ready"),
    path("api/v1/", api.urls),
]

if settings.DEMO or settings.DEBUG:
    urlpatterns.append(path("gallery", pages.gallery, name="gallery"))
