"""xlsx <-> FormData: build a blank form, fill it, read it back (DESIGN §2, §4 "The form"). Pure."""
