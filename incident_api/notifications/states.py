"""The state machine of a notice: one declared table (response design, sections 8 and 14), one function that asks it.

A notice is queued in the transaction of the act that causes it and sent afterwards, at least once, each repeat with the same key.
What was not sent is withdrawn in the transaction that makes it needless.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a notice stands."""

    QUEUED = "queued"
    SENDING = "sending"
    #: The channel took it over.
    SENT = "sent"
    #: It is in the hands of the person's page, or the channel says that it arrived.
    DELIVERED = "delivered"
    #: The recipient answered.
    RECEIPTED = "receipted"
    #: The last attempt failed; the next one is due at `next_at_us`.
    FAILED = "failed"
    #: Every attempt on every channel failed; health says so.
    DEAD = "dead"
    WITHDRAWN = "withdrawn"
    #: An exercise: nothing left the house.
    SIMULATED = "simulated"
    #: Above what this recipient may be told; `reason` says why.
    WITHHELD = "withheld"
    #: There is no channel, or no address on it.
    NO_ENDPOINT = "no_endpoint"


#: What may follow what. A state that is not here has no way on.
TABLE: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset(
        {State.SENDING, State.WITHDRAWN, State.WITHHELD, State.NO_ENDPOINT, State.SIMULATED, State.DEAD, State.FAILED}
    ),
    State.SENDING: frozenset({State.SENT, State.FAILED, State.DEAD, State.WITHDRAWN, State.DELIVERED, State.WITHHELD}),
    State.FAILED: frozenset({State.SENDING, State.WITHDRAWN, State.DEAD, State.WITHHELD, State.NO_ENDPOINT}),
    State.NO_ENDPOINT: frozenset({State.QUEUED, State.NO_ENDPOINT, State.WITHHELD, State.WITHDRAWN}),
    #: Handed over to a channel at the moment when it was withdrawn: what left is said to have left. Put back where the act that
    #: withdrew it is undone.
    State.WITHDRAWN: frozenset({State.SENT, State.QUEUED, State.SENDING}),
    State.SENT: frozenset({State.DELIVERED, State.RECEIPTED, State.DEAD}),
    State.DELIVERED: frozenset({State.RECEIPTED}),
    State.RECEIPTED: frozenset(),
    State.DEAD: frozenset({State.RECEIPTED}),
    State.SIMULATED: frozenset(),
    State.WITHHELD: frozenset(),
}

#: Not sent yet: what `withdraw` drops.
WAITING = (State.QUEUED, State.FAILED, State.SENDING)
#: It left, or the person's page has it.
REACHED = (State.SENT, State.DELIVERED, State.RECEIPTED)


def moved(before: str, after: State) -> str:
    """The state after, as the table stores it. A step that the table does not have is a defect of ours."""
    if not may_follow(State(before), after):
        msg = f"a notice cannot go from {before} to {after.value}"
        raise ValueError(msg)
    return after.value


def may_follow(before: State, after: State) -> bool:
    """Whether the table has this step."""
    return after in TABLE[before]
