"""Letters: CaseView + Jinja2 -> subject, text, html; the exact bytes; threading headers (DESIGN §5). Pure."""
