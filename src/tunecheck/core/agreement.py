"""Agreement: how far people who rated the same items, anywhere, agree; one record with every number and its doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tunecheck.core.document import JSON, document
from tunecheck.core.estimates import Estimate, Unscored

RELIABLE = 0.8
TENTATIVE = 0.667


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The agreement of the raters of one file.

    level              nominal, ordinal, interval or ratio: what a difference of two values means
    alpha              Krippendorff's
    percent_agreement  which share of the pairs of ratings of an item are equal, from 0 to 1
    pairwise_kappa     Cohen's, of each two raters by their names, sorted; weighted by squares on all levels but nominal
    n_items, n_raters  those with a rating
    n_missing          ratings that would be there in addition if every rater had rated every item
    n_single           items with one rating, which no coefficient can use
    most_common        the most frequent value of the other items, and its share of their ratings; None without such
    notes              sentences that a person should read
    """

    name: str
    level: str
    alpha: Estimate | Unscored
    percent_agreement: Estimate | Unscored
    pairwise_kappa: Mapping[tuple[str, str], Estimate | Unscored]
    fleiss_kappa: Estimate | Unscored
    n_items: int
    n_raters: int
    n_ratings: int
    n_missing: int
    n_single: int
    most_common: tuple[str, float] | None
    seed: int
    notes: tuple[str, ...] = ()
    signature: str = ""

    @property
    def meaning(self) -> str:
        """Alpha in one sentence, by the marks of Krippendorff (2004, "Content Analysis", second edition, 11.4.2)."""
        if isinstance(self.alpha, Unscored):
            return f"There is no alpha: {self.alpha.reason}."
        value, low = self.alpha.value, self.alpha.low
        if low >= RELIABLE:
            return f"Alpha and all of its interval reach {RELIABLE:g}, the mark for relying on ratings {_SOURCE}."
        if value >= RELIABLE:
            return (
                f"Alpha reaches {RELIABLE:g}, the mark for relying on ratings {_SOURCE}, but its interval goes down to "
                f"{low:.2f}: more items would settle it."
            )
        if value >= TENTATIVE:
            doubt = "" if low >= TENTATIVE else f"; its interval goes down to {low:.2f}"
            marks = f"between {TENTATIVE:g} and {RELIABLE:g}"
            return f"Alpha is {marks}: good for tentative conclusions only {_SOURCE}{doubt}."
        if value > 0:
            return f"Alpha is below {TENTATIVE:g}, the least mark even for tentative conclusions {_SOURCE}."
        return "Alpha is not above 0: the raters agree no more than chance would make them."

    @property
    def lowest_pairs(self) -> list[tuple[str, str]]:
        """The pairs of raters that have a kappa, the lowest first."""
        values = {pair: found.value for pair, found in self.pairwise_kappa.items() if isinstance(found, Estimate)}
        return sorted(values, key=lambda pair: (values[pair], pair))

    def document(self) -> dict[str, JSON]:
        """The document that ``tunecheck agreement --json`` prints; pairs stand under their ``pair_key``."""
        value, share = self.most_common or (None, None)
        return {
            "level": self.level,
            "alpha": document(self.alpha),
            "meaning": self.meaning,
            "percent_agreement": document(self.percent_agreement),
            "fleiss_kappa": document(self.fleiss_kappa),
            "pairwise_kappa": {pair_key(*pair): document(found) for pair, found in self.pairwise_kappa.items()},
            "n_items": self.n_items,
            "n_raters": self.n_raters,
            "n_ratings": self.n_ratings,
            "n_missing": self.n_missing,
            "n_items_with_one_rating": self.n_single,
            "most_common_value": value,
            "most_common_share": share,
            "seed": self.seed,
            "notes": list[JSON](self.notes),
            "signature": self.signature,
        }


_SOURCE = "(Krippendorff 2004)"


def pair_key(first: str, second: str) -> str:
    r"""Two names as one key, "A|B"; a bar or a backslash within a name has a backslash before it.

    >>> pair_key("Ann", "Bob"), pair_key("A|B", "C")
    ('Ann|Bob', 'A\\|B|C')
    """
    return "|".join(name.replace("\\", "\\\\").replace("|", "\\|") for name in (first, second))
