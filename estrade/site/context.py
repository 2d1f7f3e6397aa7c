"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def instance(request: HttpRequest) -> dict[str, Any]:
    """The operator, the theme that the visitor chose (or none), and whether this is a demo."""
    theme = request.COOKIES.get("theme", "")
    return {
        "instance": {"operator": settings.OPERATOR, "url": settings.SITE_URL, "is_demo": settings.DEMO},
        "theme": theme if theme in {"estrade-light", "estrade-dark"} else "",
    }
