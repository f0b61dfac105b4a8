"""Rules tried out: on mails written in a few lines of YAML (`config test`), on stored ones (`replay`). Nothing is kept."""
