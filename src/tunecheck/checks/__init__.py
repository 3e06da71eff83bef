"""What a check means: values and ports in, CheckResult out; no check finds a model or a file by itself."""

from tunecheck.checks.curve import check_curve
from tunecheck.checks.curve_agreement import with_agreement
from tunecheck.checks.leaks import check_leaks
from tunecheck.checks.overfitting import check_overfitting
from tunecheck.checks.perplexity import check_perplexity
from tunecheck.checks.preflight import check_preflight, is_no_op
from tunecheck.checks.scored import ScoredPart
from tunecheck.checks.suggestions import suggestions
from tunecheck.checks.verdict import decide

__all__ = [
    "ScoredPart",
    "check_curve",
    "check_leaks",
    "check_overfitting",
    "check_perplexity",
    "check_preflight",
    "decide",
    "is_no_op",
    "suggestions",
    "with_agreement",
]
