"""Policy: may a generation leave by a route, and how much of it. Pure, and in this order.

    checks/      enabled, keys, filters, sampling     does it leave at all, judged by the full record
    redaction/   content, privacy                     what was said: privacy mode, one side, the caller's hook
                 users                                who asked, and the caller's own metadata
                 opt_in                               the three opt-in groups of generation metadata
                 draft                                what each of them changes, until the record is rebuilt

    policy.py    the settings of a route              evaluation.py   the above in a row, as one value
    versions.py  the versions of one generation, each with its part of what was let out

A check may stop a generation; redaction takes out of it what may not leave. Only the operator's policy
switches them, never the data.
"""

from __future__ import annotations

from broadcast_core.policy.checks.filters import FilterRules, Group, Rule
from broadcast_core.policy.checks.result import CheckResult
from broadcast_core.policy.evaluation import Evaluation, evaluate
from broadcast_core.policy.policy import Policy
from broadcast_core.policy.redaction.content import Hook
from broadcast_core.policy.redaction.users import HASH_KEY

__all__ = [
    "HASH_KEY",
    "CheckResult",
    "Evaluation",
    "FilterRules",
    "Group",
    "Hook",
    "Policy",
    "Rule",
    "evaluate",
]
