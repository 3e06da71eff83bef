"""Embedding: how near a prediction is to a reference in the vectors of a language model, token by token or as a whole.

A raw value says little: unrelated texts have a BERTScore of .85 and more in most models, because their token vectors
all point into one narrow cone. Only the difference between two models on the same items means something. Scores are not
rescaled against a baseline, since baselines exist for few models and languages.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from tunecheck.core import Unscored
from tunecheck.metrics.metric import Case, Values

# What the vectors of references may take: 256 MiB are 1,300 texts of 50 tokens in 1,024 dimensions.
REFERENCE_BYTES = 256 * 2**20

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenVectors:
    """One text, token by token.

    vectors     of unit length, shape (n_tokens, d), special tokens with them
    is_special  which tokens the tokenizer put around the text, shape (n_tokens)
    n_cut       tokens at the end that the model has no room for, and that have no vectors
    """

    vectors: Vectors
    is_special: NDArray[np.bool_]
    n_cut: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether the tokenizer found nothing in the text."""
        return bool(self.is_special.all())

    @property
    def n_bytes(self) -> int:
        """Memory of the vectors."""
        return self.vectors.nbytes


@dataclass(frozen=True, slots=True, kw_only=True)
class TextVector:
    """One text as a whole: its vector of unit length, shape (d); whether it has tokens, and how many were cut off."""

    vector: Vectors
    is_empty: bool = False
    n_cut: int = 0

    @property
    def n_bytes(self) -> int:
        """Memory of the vector."""
        return self.vector.nbytes


class Embedder(Protocol):
    """Makes vectors of texts.

    name        the model and everything else that could change a vector, on one line
    max_tokens  what fits into the model, special tokens with it
    """

    @property
    def name(self) -> str:
        """Model and settings."""
        ...

    @property
    def max_tokens(self) -> int:
        """The longest text in tokens."""
        ...

    def token_vectors(self, texts: Sequence[str]) -> list[TokenVectors]:
        """The tokens of each text."""
        ...

    def text_vectors(self, texts: Sequence[str]) -> list[TextVector]:
        """Each text as a whole."""
        ...


def greedy_match(
    prediction_vectors: Vectors,
    reference_vectors: Vectors,
    prediction_weights: NDArray[np.float64],
    reference_weights: NDArray[np.float64],
) -> tuple[float, float, float]:
    """BERTScore's precision, recall and F1: how well each token is met by the nearest one of the other text.

    Vectors of unit length, shapes (n, d) and (m, d); weights at least 0, shapes (n) and (m). Precision is the weighted
    mean over the prediction's tokens of their largest cosine with a token of the reference, recall the same the other
    way round. A token of weight 0 is not counted and may still be the nearest one, as in the package bert_score. F1 is
    their harmonic mean, and 0 where they have no sign in common. Zhang et al. (2020, "BERTScore: Evaluating Text
    Generation with BERT"). Raises ValueError where a side has no weight.

    >>> right, up = [1.0, 0.0], [0.0, 1.0]
    >>> both, one = np.array([right, up], dtype=np.float32), np.array([right], dtype=np.float32)
    >>> precision, recall, f1 = greedy_match(both, one, np.ones(2), np.ones(1))
    >>> precision, recall, round(f1, 3)
    (0.5, 1.0, 0.667)
    """
    if not (prediction_weights.sum() > 0 and reference_weights.sum() > 0):
        raise ValueError("each side needs a token of some weight")
    cosines = np.clip(prediction_vectors.astype(np.float64) @ reference_vectors.astype(np.float64).T, -1, 1)
    precision = float(np.average(cosines.max(axis=1), weights=prediction_weights))
    recall = float(np.average(cosines.max(axis=0), weights=reference_weights))
    return precision, recall, 2 * precision * recall / (precision + recall) if precision * recall > 0 else 0.0


def cosine(a: Vectors, b: Vectors) -> float:
    """Cosine of the angle between two vectors, shapes (d), from -1 to 1; 0 where one of them is zero.

    >>> cosine(np.array([1, 0], dtype=np.float32), np.array([1, 1], dtype=np.float32))
    0.7071067811865475
    """
    left, right = a.astype(np.float64), b.astype(np.float64)
    lengths = float(np.linalg.norm(left) * np.linalg.norm(right))
    return float(np.clip(left @ right / lengths, -1, 1)) if lengths else 0.0


class BertScore:
    """Precision, recall and F1 of tokens that are matched by their vectors in context, from about .8 to 1.

    Without weights for rare words and without rescaling; of several references, each measure takes its best. 0 for a
    prediction without tokens; Unscored where no reference has one, or a text is longer than the model reads.

    Unrelated texts score .85 and more in most models: only differences between two models on the same items mean
    something, and only with one signature.
    """

    measures: ClassVar[tuple[str, ...]] = ("bertscore", "bertscore_precision", "bertscore_recall")
    lower_is_better: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, embedder: Embedder) -> None:
        self.signature = f"bertscore|model:{embedder.name}|idf:no|rescaled:no|references:best of each measure"
        self._vectors = _Vectors(embedder.token_vectors, embedder.max_tokens)

    def score(self, case: Case) -> Values:
        """F1, precision and recall."""
        found = self._vectors.of(case)
        if not isinstance(found, tuple):
            return dict.fromkeys(self.measures, found)
        said, references = found
        matches = [greedy_match(said.vectors, one.vectors, _weights(said), _weights(one)) for one in references]
        precision, recall, f1 = map(max, zip(*matches, strict=True))
        return dict(zip(self.measures, (f1, precision, recall), strict=True))


class EmbeddingSimilarity:
    """Cosine between the vectors of prediction and reference, each as a whole, from -1 to 1; the best reference counts.

    0 for a prediction without tokens; Unscored where no reference has one, or a text is longer than the model reads.

    It says whether two texts are about the same thing, and hardly notices a "not" or another number. Unrelated texts
    are far from 0 in many models: only differences between two models on the same items mean something.
    """

    measures: ClassVar[tuple[str, ...]] = ("embedding_similarity",)
    lower_is_better: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, embedder: Embedder) -> None:
        self.signature = f"embedding_similarity|model:{embedder.name}|cosine|references:best"
        self._vectors = _Vectors(embedder.text_vectors, embedder.max_tokens)

    def score(self, case: Case) -> Values:
        """The cosine."""
        found = self._vectors.of(case)
        if not isinstance(found, tuple):
            return dict.fromkeys(self.measures, found)
        said, references = found
        return {"embedding_similarity": max(cosine(said.vector, one.vector) for one in references)}


def _weights(text: TokenVectors) -> NDArray[np.float64]:
    return (~text.is_special).astype(np.float64)


class _Sized(Protocol):
    @property
    def is_empty(self) -> bool: ...
    @property
    def n_cut(self) -> int: ...
    @property
    def n_bytes(self) -> int: ...


V = TypeVar("V", bound=_Sized)


class _Vectors(Generic[V]):
    """The vectors of cases; those of references are kept for the other model, the least recently used going first."""

    def __init__(self, embed: Callable[[Sequence[str]], list[V]], max_tokens: int) -> None:
        self._embed = embed
        self._max_tokens = max_tokens
        self._kept: OrderedDict[str, V] = OrderedDict()
        self._n_bytes = 0

    def of(self, case: Case) -> tuple[V, list[V]] | Unscored | float:
        """Vectors of the prediction and of each reference that is not empty; or what the case scores without any."""
        wanted = dict.fromkeys(case.references)
        known = {text: self._kept[text] for text in wanted if text in self._kept}
        new = [text for text in wanted if text not in known]
        said, *made = self._embed([case.prediction, *new])
        known.update(zip(new, made, strict=True))
        self._keep(known)
        references = [vectors for vectors in known.values() if not vectors.is_empty]
        if not references:
            return Unscored(reason="the reference is empty")
        if any(vectors.n_cut for vectors in references):
            return self._too_long("a reference")
        if said.is_empty:
            return 0.0
        return self._too_long("the prediction") if said.n_cut else (said, references)

    def _too_long(self, which: str) -> Unscored:
        return Unscored(reason=f"{which} is longer than the model's {self._max_tokens:,} tokens")

    def _keep(self, known: dict[str, V]) -> None:
        for text, vectors in known.items():
            if text not in self._kept:
                self._kept[text] = vectors
                self._n_bytes += vectors.n_bytes
            self._kept.move_to_end(text)
        while self._n_bytes > REFERENCE_BYTES:
            self._n_bytes -= self._kept.popitem(last=False)[1].n_bytes
