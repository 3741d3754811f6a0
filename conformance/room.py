"""What the budget of a run has room for: the plan, and what is asked besides it."""

from __future__ import annotations

from msgspec import Struct

from conformance.bookkeeping import Bookkeeper
from conformance.plan import Plan
from conformance.sender import Sender

SACRIFICED = 6  # requests at the end of a plan that are given up to tell the suspicions of a group apart


class Room(Struct):
    """How far the plan is, and what the budget leaves.

    asked: requests of the plan that were answered or given up.
    """

    sender: Sender
    plan: Plan
    books: Bookkeeper
    asked: int

    @property
    def left(self) -> int:
        """What the budget leaves behind the exchanges taken so far: whoever is under way side by side is unsent yet."""
        return self.sender.budget - self.sender.aside - self.books.recorded

    @property
    def unsent(self) -> int:
        """Planned requests that are still to be sent; what was sent besides, to confirm or to split, is none of them."""
        return max(0, self.plan.requests - self.asked)

    def has_some(self) -> bool:
        """Whether a few requests may be sent besides the plan, a few at its end be given up for them."""
        free = self.sender.left > self.sender.reserved
        return free and self.left > max(1, self.unsent - SACRIFICED)
