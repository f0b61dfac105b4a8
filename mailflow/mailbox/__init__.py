"""The mailbox: IMAP (RFC 9051/3501) and mails by hand. Reads, files and moves; never decides what is stored."""
