"""Making answers against the loops of the tutorials: seconds, tokens per second and peak memory, in one run.

    make bench                                                # as in docs/performance.md
    python bench/generation.py --sizes 31M --prompts 64 --rounds 1

Base and tuned answer the same chat prompts of mixed length, greedily and in float32. Each contender is a process of its
own that loads what it needs, warms up on a few prompts, and then times a pass of each side whenever it is its turn:
from the messages to the text of the answers. The passes are interleaved and medians are printed. Peers, as a user of
the tutorials would write them, with a model for the base and a PeftModel on another copy of it for the tuned side: one
prompt at a time through transformers' `generate`, and batches of eight in the order of the file, padded on the left.
tunecheck has one copy of the weights with the adapter off and on.

The models are random, so that any size can be had at once. A random model hardly ever ends an answer; here the head's
row of the end token is scaled, so that many answers end, at very different lengths, and others reach the limit. Every
answer is compared token by token with that of the first contender. Processor time stands beside wall time, for machines
that have other work to do.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from perplexity import Peak, describe_machine

SIZES = {
    # name: (width, layers, heads, vocabulary)
    "3M": (192, 6, 6, 4096),
    "31M": (448, 8, 8, 16384),
    "135M": (576, 30, 9, 49152),
}
METHODS = ["one at a time", "batches of 8", "tunecheck"]
SIDES: tuple[Literal["base", "tuned"], ...] = ("base", "tuned")
TEMPLATE = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
# By how much the head's row of the end token is scaled: about half of the answers end within three dozen tokens, and up
# to a third reach the limit.
END_SCALE = 2.5

Answer = Callable[[str, Sequence[Any]], list[list[int]]]
"""Token ids of the answers of a side to these items, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One side's answers to all prompts, and what they took."""

    wall_s: float
    processor_s: float
    over_mib: float
    answers: list[list[int]]

    @property
    def n_tokens(self) -> int:
        """Tokens of all answers, their end tokens included."""
        return sum(map(len, self.answers))


def main() -> None:
    """Run every contender on every size, or one of them in this process when asked by the parent."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", default=["3M"], choices=list(SIZES))
    parser.add_argument("--methods", nargs="+", default=METHODS, choices=METHODS)
    parser.add_argument("--prompts", type=int, default=128)
    parser.add_argument("--max-new-tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--serve", nargs=2, metavar=("METHOD", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ |= {"TRANSFORMERS_VERBOSITY": "error", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    os.environ["OMP_NUM_THREADS"] = str(options.threads)  # Before torch is imported, here or in a child.
    if options.serve:
        method, folder = options.serve
        serve(method, folder, options)
        return
    describe_machine()
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            make_models(Path(folder), size)
            compare(size, folder, options)


def compare(size: str, folder: str, options: argparse.Namespace) -> None:
    """One table: each contender's medians on each side, and its speed as a ratio to the first one's."""
    workers = {method: Worker(method, folder, options) for method in options.methods}
    passes: dict[tuple[str, str], list[Pass]] = {}
    for _ in range(options.rounds):
        for method, worker in workers.items():
            for side in SIDES:
                passes.setdefault((method, side), []).append(worker.answer_all(side))
    peaks = {method: worker.end() for method, worker in workers.items()}
    print(f"\n## {size}, {options.prompts} prompts, at most {options.max_new_tokens} new tokens\n")
    for side in SIDES:
        print(f"{side}: {lengths(passes[options.methods[0], side][0].answers, options.max_new_tokens)}\n")
    print("| method | wall, s | tokens/s | gain | processor, s | tokens/s | gain ", end="")
    print("| peak over the weights, MiB | peak, MiB | same answers |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for side in SIDES:
        for method in options.methods:
            print(row(f"{method}, {side}", passes[method, side], passes[options.methods[0], side], peaks[method]))
    sys.stdout.flush()


def row(name: str, own: list[Pass], first: list[Pass], peak_mib: float) -> str:
    """A line of the table; a gain is the first contender's time over this one's."""
    cells = []
    for clock in ("wall_s", "processor_s"):
        own_s, first_s = (statistics.median(getattr(one, clock) for one in passes) for passes in (own, first))
        cells += [f"{own_s:.1f}", f"{own[0].n_tokens / own_s:,.0f}", f"{first_s / own_s:.1f}"]
    cells += [f"{max(one.over_mib for one in own):,.0f}", f"{peak_mib:,.0f}"]
    same = min(sum(a == b for a, b in zip(one.answers, first[0].answers, strict=True)) for one in own)
    return f"| {name} | {' | '.join(cells)} | {same} of {len(first[0].answers)} |"


def lengths(answers: list[list[int]], limit: int) -> str:
    """How long the answers of a side are."""
    n_tokens = sorted(map(len, answers))
    q = [n_tokens[round(share * (len(n_tokens) - 1))] for share in (0, 0.25, 0.5, 0.75, 1)]
    at_limit = sum(n >= limit for n in n_tokens)
    return f"{sum(n_tokens):,} tokens; of an answer {', '.join(map(str, q))} (quartiles); {at_limit} at the limit"


class Worker:
    """A contender in a process of its own."""

    def __init__(self, method: str, folder: str, options: argparse.Namespace) -> None:
        command = [sys.executable, __file__, "--serve", method, folder, "--prompts", str(options.prompts),
                   "--max-new-tokens", str(options.max_new_tokens), "--threads", str(options.threads)]  # fmt: skip
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._read()  # Loaded and warm.

    def answer_all(self, side: str) -> Pass:
        """One pass."""
        self._ask(side)
        return Pass(**self._read())

    def end(self) -> float:
        """Let it go; the most memory that it ever had, in MiB."""
        self._ask("end")
        peak_mib = float(self._read()["peak_mib"])
        self._process.wait()
        return peak_mib

    def _ask(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        for line in self._process.stdout:
            if line.startswith("{"):  # Libraries print, too.
                found: dict[str, Any] = json.loads(line)
                return found
        sys.exit(f"a contender ended with {self._process.wait()}: see above")


def make_models(folder: Path, size: str) -> None:
    """A Llama-shaped base with random weights, a LoRA of rank 16 on its linear layers, a tokenizer with a template."""
    import torch
    from peft import LoraConfig, get_peft_model
    from tokenizers import ByteLevelBPETokenizer
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    width, layers, heads, vocabulary = SIZES[size]
    bpe = ByteLevelBPETokenizer()
    texts = [message.content for item in prompts(1000, seed=1) for message in (*item.prompt, item.response)]
    special = ["<|end|>", "<|pad|>", "<|user|>", "<|assistant|>"]
    bpe.train_from_iterator(texts, vocab_size=vocabulary, special_tokens=special, show_progress=False)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe._tokenizer, eos_token="<|end|>", pad_token="<|pad|>", chat_template=TEMPLATE
    )
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=vocabulary, hidden_size=width, intermediate_size=width * 8 // 3 // 64 * 64, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=heads, max_position_embeddings=2048, tie_word_embeddings=False,
        initializer_range=0.06, bos_token_id=None, eos_token_id=0, pad_token_id=1,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        model.lm_head.weight[config.eos_token_id] *= END_SCALE
    model.save_pretrained(folder / "base")
    tokenizer.save_pretrained(folder / "base")
    tuned = get_peft_model(model, LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"))
    for name, parameter in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.01)
    tuned.peft_config["default"].base_model_name_or_path = str(folder / "base")
    tuned.save_pretrained(folder / "tuned")
    tokenizer.save_pretrained(folder / "tuned")


def prompts(n: int, *, seed: int) -> list[Any]:
    """Items of the demo: questions of 14 to 65 words in an order without meaning."""
    from tunecheck.demo.data import generate

    return list(generate(n_train=0, n_validation=n, seed=seed).validation)


def serve(method: str, folder: str, options: argparse.Namespace) -> None:
    """Load, warm up, and time a pass of the side that each line of the standard input names."""
    items = prompts(options.prompts, seed=42)
    prepare = {"one at a time": one_at_a_time, "batches of 8": batches_of_8, "tunecheck": tunecheck_}[method]
    answer = prepare(Path(folder), options.max_new_tokens)
    for side in SIDES:
        answer(side, items[:9])
    peak_mib = Peak._high_water_mib()
    print("{}", flush=True)
    for line in sys.stdin:
        if line.strip() == "end":
            print(json.dumps({"peak_mib": peak_mib}), flush=True)
            return
        peak = Peak()
        wall_s, processor_s = time.perf_counter(), time.process_time()
        answers = answer(line.strip(), items)
        wall_s, processor_s = time.perf_counter() - wall_s, time.process_time() - processor_s
        peak_mib = max(peak_mib, Peak._high_water_mib())
        found = {"wall_s": wall_s, "processor_s": processor_s, "over_mib": peak.over_mib(), "answers": answers}
        print(json.dumps(found), flush=True)


def load(folder: Path) -> tuple[dict[str, Any], Any]:
    """Both models as tutorials load them, and the tokenizer."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    base, under = (AutoModelForCausalLM.from_pretrained(folder / "base", dtype="float32").eval() for _ in range(2))
    tuned = PeftModel.from_pretrained(under, folder / "tuned").eval()
    return {"base": base, "tuned": tuned}, AutoTokenizer.from_pretrained(folder / "tuned")


def one_at_a_time(folder: Path, max_new_tokens: int) -> Answer:
    """The loop of the tutorials."""
    return in_batches(folder, max_new_tokens, 1)


def batches_of_8(folder: Path, max_new_tokens: int) -> Answer:
    """Plain batches in the order of the file, padded on the left."""
    return in_batches(folder, max_new_tokens, 8)


def in_batches(folder: Path, max_new_tokens: int, n_rows: int) -> Answer:
    """Greedy `generate` on ``n_rows`` prompts at a time."""
    import torch

    models, tokenizer = load(folder)
    tokenizer.padding_side = "left"

    def answer(side: str, items: Sequence[Any]) -> list[list[int]]:
        found: list[list[int]] = []
        for start in range(0, len(items), n_rows):
            chats = [
                [{"role": message.role, "content": message.content} for message in item.prompt]
                for item in items[start : start + n_rows]
            ]
            given = tokenizer.apply_chat_template(
                chats, add_generation_prompt=True, padding=True, return_tensors="pt", return_dict=True
            )
            with torch.no_grad():
                made = models[side].generate(**given, do_sample=False, max_new_tokens=max_new_tokens)
            new = made[:, given["input_ids"].shape[1] :]
            tokenizer.batch_decode(new, skip_special_tokens=True)
            found.extend(up_to_end(row, tokenizer.eos_token_id) for row in new.tolist())
        return found

    return answer


def up_to_end(token_ids: list[int], end: int) -> list[int]:
    """An answer without the padding that follows its end token."""
    return token_ids[: token_ids.index(end) + 1] if end in token_ids else token_ids


def tunecheck_(folder: Path, max_new_tokens: int) -> Answer:
    """This project: the runner as `tunecheck generate` uses it, in a process prepared as the command line does."""
    from tunecheck.cli.process import prepare_process

    prepare_process()
    from tunecheck import store
    from tunecheck.core import GenerationSettings
    from tunecheck.models.huggingface import LoadOptions, ModelPair
    from tunecheck.runner.generate import complete, completions
    from tunecheck.runner.progress import Silent

    pair = ModelPair(str(folder / "tuned"), options=LoadOptions(dtype="float32"))
    sides: dict[str, Any] = {side: pair.open(side).__enter__() for side in SIDES}
    settings = GenerationSettings(max_new_tokens=max_new_tokens)

    def answer(side: str, items: Sequence[Any]) -> list[list[int]]:
        kept = store.InMemoryRunStore()
        keys = complete(sides[side].generator, items, settings, kept, Silent(), label=side)
        made = completions(kept, keys)
        return [list(made[item.id].token_ids) for item in items]

    return answer


if __name__ == "__main__":
    main()
