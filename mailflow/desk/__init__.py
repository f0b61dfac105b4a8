"""One function for each act of a person or a timer (DESIGN §2): console, CLI, folders and worker all act through here.

Each checks the role and the state it saw, does one transaction with its audit row, and returns a typed result, or
`Refused` with a reason in Japanese for the person. Times: `now` business, `sys_now` system (`mailflow.clock`).
"""

from mailflow.desk.administration import UserAdded, add_operator, add_user, set_sending
from mailflow.desk.approval import (
    Approved,
    ApprovedAll,
    HalfApproved,
    approve,
    approve_all,
    choose_stale,
    record_consent,
    reject,
    take_back,
)
from mailflow.desk.mending import (
    Readdressed,
    drop_refused,
    readdress_refused,
    resolve_uncertain,
    retry_failed_mail,
    send_refused_again,
)
from mailflow.desk.refusal import Done, Refused

__all__ = [
    "Approved",
    "ApprovedAll",
    "Done",
    "HalfApproved",
    "Readdressed",
    "Refused",
    "UserAdded",
    "add_operator",
    "add_user",
    "approve",
    "approve_all",
    "choose_stale",
    "drop_refused",
    "readdress_refused",
    "record_consent",
    "reject",
    "resolve_uncertain",
    "retry_failed_mail",
    "send_refused_again",
    "set_sending",
    "take_back",
]
