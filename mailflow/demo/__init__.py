"""The demo: mail servers that run inside the process, sample mails, and a place to write as an applicant."""
