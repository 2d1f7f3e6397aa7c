"""Pages of no domain: the operator's texts, the chosen language and theme, health, and the demo's mail."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_GET, require_POST

from estrade.events import markdown
from estrade.site import demo_texts, health
from estrade.site.gallery import sample

LEGAL = ("imprint", "terms", "privacy")


@require_GET
def legal(request: HttpRequest, name: str) -> HttpResponse:
    """The operator's imprint, terms or privacy notice."""
    if name not in LEGAL:
        raise Http404
    text = settings.OPERATOR[name] or (demo_texts.legal(name) if settings.DEMO else "")
    return render(request, "legal.html", {"name": name, "html": markdown.to_html(text)})


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the language that the visitor chose, and go back to where they were."""
    language, back = request.POST.get("language", ""), request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    if check_for_language(language) and language in dict(settings.LANGUAGES):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=400 * 86400, samesite="Lax", secure=settings.IS_HTTPS)
    return response


@require_GET
def live(_request: HttpRequest) -> HttpResponse:
    """Whether this process answers."""
    return JsonResponse({"status": "ok"})


@require_GET
def ready(_request: HttpRequest) -> HttpResponse:
    """Whether everything that a visitor needs answers, part by part."""
    parts = health.parts()
    is_ready = all(part == "ok" for part in parts.values())
    return JsonResponse({"status": "ok" if is_ready else "not ready", "parts": parts}, status=200 if is_ready else 503)


@require_GET
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component with believable data, to be looked at."""
    return render(request, "gallery.html", sample(timezone.now()))
