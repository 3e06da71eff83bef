"""Makes bertscore.json: what bert_score and sentence-transformers say of a few texts, with tiny encoders.

Tests make the same encoders again. Run it from the repository's root, in an environment of its own that has torch,
transformers, bert-score and sentence-transformers: python -m tests.reference.make_bertscore
"""

from __future__ import annotations

import hashlib
import importlib
import json
import string
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, RobertaConfig, RobertaModel, RobertaTokenizer

TABLE = Path(__file__).parent / "bertscore.json"
WORDS = (
    "the", "a", "cat", "dog", "sat", "lay", "on", "mat", "rug", "is", "not", "in", "of", "paris", "capital", "city",
    "france", "it", "was", "rain", "here", "he", "she", "they", "went", "to", "school", "bought", "42", "7", "apples",
)  # fmt: skip
CASES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("the cat sat on the mat", ("the cat sat on the mat",)),
    ("the cat sat on the mat", ("a dog lay on the rug",)),
    ("Paris is the capital of France.", ("the capital city of France is Paris!",)),
    ("it was not rain", ("it was rain", "yesterday it was rain here", "no")),
    ("she bought 42 apples", ("He bought 7 apples in the market, today.",)),
    ("xyzzy", ("the dog went to school",)),
    ("they", ("they went to the market and they bought the apples of the city",)),
    ("  the mat   sat on\nthe cat  ", ("the cat sat on the mat",)),
    ("naïve café, 北京 мир", ("naive cafe", "北京")),
)


def save_encoder(folder: Path, *, make: str = "bert", seed: int = 0, space: bool = False, **settings: Any) -> Path:
    """An encoder of two layers with its tokenizer; its weights depend on numpy's frozen RandomState only."""
    common = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64, **settings}
    model: Any
    if make == "roberta":
        tokenizer = roberta_tokenizer(space=space)
        ids = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "max_position_embeddings": 130}
        model = RobertaModel(RobertaConfig(vocab_size=len(tokenizer), **{**ids, **common}))
    else:
        tokenizer = bert_tokenizer()
        ids = {"pad_token_id": 0, "max_position_embeddings": 48}
        model = BertModel(BertConfig(vocab_size=len(tokenizer), **{**ids, **common}))
    fill(model, seed)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def fill(model: Any, seed: int) -> None:
    """Weights of matrices from a frozen stream, large enough that a token's vector depends on those around it."""
    dice = np.random.RandomState(seed)
    with torch.no_grad():
        for _, parameter in sorted(model.named_parameters()):
            if parameter.dim() > 1:
                parameter.copy_(torch.from_numpy(dice.normal(0, 0.25, parameter.shape)))


def bert_tokenizer() -> Any:
    """WordPiece over a few words and all letters."""
    signs = string.ascii_lowercase + string.digits
    listed = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *signs, *(f"##{sign}" for sign in signs), *".,!?[]"]
    inner = Tokenizer(
        models.WordPiece({token: at for at, token in enumerate(dict.fromkeys(listed))}, unk_token="[UNK]")
    )
    inner.normalizer = normalizers.BertNormalizer()
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    inner.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return PreTrainedTokenizerFast(
        tokenizer_object=inner, unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]",
        mask_token="[MASK]", model_max_length=48,
    )  # fmt: skip


def roberta_tokenizer(*, space: bool) -> Any:
    """Bytes, and a token of its own for "the" behind a space; ``space`` puts one in front of every text."""
    signs = sorted(pre_tokenizers.ByteLevel.alphabet())
    listed = ["<s>", "<pad>", "</s>", "<unk>", *signs, "he", "the", "Ġthe", "<mask>"]
    vocab = {token: at for at, token in enumerate(listed)}
    merges = [("h", "e"), ("t", "he"), ("Ġ", "the")]
    return RobertaTokenizer(vocab=vocab, merges=merges, add_prefix_space=space, model_max_length=512)


def checksum(folder: Path) -> str:
    """SHA-256 of the weights."""
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def bertscore_tables(work: Path) -> list[dict[str, object]]:
    """Precision, recall and F1 of each case, by make and layer."""
    bert_score = importlib.import_module("bert_score")
    predictions, references = zip(*CASES, strict=True)
    tables: list[dict[str, object]] = []
    for make in ("bert", "roberta"):
        # The package asks RoBERTa's tokenizer for a space in front at every call; transformers 5 does not listen.
        folder = save_encoder(work / make, make=make, space=True)
        for layer in (1, 2):
            found = bert_score.score(
                list(predictions), [list(some) for some in references], model_type=str(folder), num_layers=layer,
                device="cpu",
            )  # fmt: skip
            rows = [[round(value, 7) for value in row] for row in torch.stack(found, dim=1).tolist()]
            tables.append({"make": make, "layer": layer, "sha256": checksum(folder), "precision_recall_f1": rows})
    return tables


def similarity_tables(work: Path) -> list[dict[str, object]]:
    """The cosine of each case with its first reference, by pooling."""
    package = importlib.import_module("sentence_transformers")
    modules = importlib.import_module("sentence_transformers.sentence_transformer.modules")
    folder = save_encoder(work / "sentences")
    tables: list[dict[str, object]] = []
    for pooling in ("mean", "cls"):
        steps = [modules.Transformer(str(folder)), modules.Pooling(32, pooling_mode=pooling)]
        model = package.SentenceTransformer(modules=steps, device="cpu")
        sides = [
            model.encode([pick(case) for case in CASES]) for pick in (lambda case: case[0], lambda case: case[1][0])
        ]
        cosines = package.util.pairwise_cos_sim(*sides).tolist()
        tables.append({"pooling": pooling, "sha256": checksum(folder), "cosines": [round(one, 7) for one in cosines]})
    return tables


def main() -> None:
    """Write the table."""
    names = ("bert-score", "sentence-transformers", "torch", "transformers", "tokenizers", "numpy")
    with tempfile.TemporaryDirectory(prefix="encoders-") as work:
        table = {
            "made_by": "tests/reference/make_bertscore.py",
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "versions": {name: version(name) for name in names},
            "bertscore": bertscore_tables(Path(work)),
            "similarity": similarity_tables(Path(work)),
        }
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
