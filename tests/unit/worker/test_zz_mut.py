import pytest

from mailflow.store import Store
from tests.conftest import *
from tests.unit.worker.test_mailbox_model import run


class Eq:
    def __eq__(self, o):
        return True

    def __hash__(self):
        return 0


def test_mut(empty_database, monkeypatch):
    real = Store.watermark

    def w(self, a, f):
        m = real(self, a, f)
        return (Eq(), m[1]) if m else m

    monkeypatch.setattr(Store, "watermark", w)
    with pytest.raises(BaseException) as caught:
        run(empty_database, max_examples=10, stateful_step_count=20)
    print("CAUGHT", type(caught.value), str(caught.value)[:200])
