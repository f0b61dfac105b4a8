"""The suite: unit (pure, quick), integration (with a database or a real server), e2e (the whole product)."""
