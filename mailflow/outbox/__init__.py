"""SMTP delivery (RFC 5321). The durable state of what goes out lies in store/; the worker ties the two together."""
