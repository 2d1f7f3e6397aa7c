"""The addresses of a site that is a demo."""

from django.urls import include, path

from estrade.site import demo_pages
from estrade.site.urls import urlpatterns as of_every_site

urlpatterns = [*of_every_site, path("demo/", include((demo_pages.urlpatterns, "demo")))]
