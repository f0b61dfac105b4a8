"""The jobs that tie mailbox, pipeline, store and outbox together (DESIGN §1, §8)."""
