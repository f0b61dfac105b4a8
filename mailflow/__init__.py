"""mailflow: an email-driven workflow service for the secretariat of a public programme."""

__version__ = "0.1.0"
