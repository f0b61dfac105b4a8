"""Real mail servers that the suite starts: Dovecot for IMAP, aiosmtpd as the place where sent mail ends up."""
