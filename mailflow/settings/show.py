"""The effective configuration, as a person or a script may see it: defaults filled in, secrets masked.

`effective` gives plain data for JSON; `effective_yaml` the same as YAML. Passwords of the environment and of files never
appear. Pure but for reading no more than `env.imap_connection` does: password files are named, not read.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ruamel.yaml import YAML

from mailflow.settings.env import VARIABLES
from mailflow.settings.settings import Settings

MASK = "********"


def mask_url(url: str) -> str:
    """The URL with its password masked; what can't be read as a URL is masked whole."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return MASK
    if "@" not in parts.netloc:
        return url if parts.scheme else MASK
    user, _, host = parts.netloc.rpartition("@")
    name, colon, _ = user.partition(":")
    return url.replace(parts.netloc, f"{name}{colon}{MASK if colon else ''}@{host}", 1)


def effective(settings: Settings, env: Mapping[str, str]) -> dict[str, Any]:
    """All files with their defaults, what the environment overrides (masked), hash, counts of data and files."""
    shown = settings.file.model_dump(mode="json", by_alias=True)
    shown["database"]["url"] = mask_url(shown["database"]["url"])
    return {
        "hash": settings.hash,
        "mailflow.yaml": shown,
        "rules.yaml": settings.rules.model_dump(mode="json", by_alias=True),
        "form.yaml": settings.form.model_dump(mode="json", by_alias=True),
        "consultation.yaml": settings.consultation.model_dump(mode="json", by_alias=True),
        "parties.yaml": settings.parties.model_dump(mode="json", by_alias=True),
        "faq.yaml": settings.faq.model_dump(mode="json", by_alias=True),
        "templates": sorted(settings.templates),
        "files": sorted(settings.public_files),
        "data": {
            "municipalities": len(settings.reference.municipalities),
            "domains": len(settings.reference.domains),
            "fiscal_years": sorted(settings.reference.fiscal_years()),
        },
        "environment": {
            name: mask_url(value) if name.endswith("_URL") or name == "MAILFLOW_DATABASE" else value
            for name, value in sorted(env.items())
            if name in VARIABLES and value
        },
        "warnings": list(settings.warnings),
    }


def effective_yaml(settings: Settings, env: Mapping[str, str]) -> str:
    """The same as YAML, in the same order."""
    data = effective(settings, env)
    writer = YAML(typ="rt")
    writer.allow_unicode = True
    writer.width = 120
    out = io.StringIO()
    writer.dump(data, out)
    return out.getvalue()
