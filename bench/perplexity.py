"""Perplexity against its peers: tokens per second and peak memory, in one run on one machine.

    make bench                                 # every row, as in docs/performance.md
    python bench/perplexity.py --sizes 3M --rounds 1

Each row is a process of its own that loads the model, warms up on a few documents, and then times a pass over all of
them whenever it is its turn. The passes of the methods are interleaved and medians are printed, because a machine's
speed wanders. Peers: the loop of the tutorials (one text per forward, whole logits), Hugging Face's `evaluate`, and
lm_eval's rolling log-likelihood. Those that are far behind after the first round are not run again, and one that needs
longer than --limit seconds is stopped. Peak memory is counted above what was resident once the model was loaded; no
process may take more than 0.7 of the machine's.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

SIZES = {
    # name: (width, layers, heads, vocabulary, documents)
    "3M": (192, 6, 6, 4096, 200),
    "135M": (576, 30, 9, 49152, 20),
    "128k vocabulary": (512, 6, 8, 131072, 20),
}
METHODS = [
    "loop", "lm_eval batch 1", "lm_eval batch 8", "lm_eval batch auto", "HF evaluate", "tunecheck", "loop tuned",
    "lm_eval batch 8 tuned", "tunecheck tuned",
]  # fmt: skip


def main() -> None:
    """Run every method on every size, or one of them in this process when asked by the parent."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--methods", nargs="+", default=METHODS, choices=METHODS)
    parser.add_argument("--dtype", default="float32", help="float32 or bfloat16")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit", type=float, default=240, help="seconds for one pass")
    parser.add_argument("--serve", nargs=3, metavar=("METHOD", "SIZE", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(*options.serve, options.dtype)
        return
    describe_machine()
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes:
            make_models(Path(folder) / size, size)
            compare(size, folder, options)


def compare(size: str, folder: str, options: argparse.Namespace) -> None:
    """One table: each method's medians over the rounds, and its speed as a ratio to the loop's on the same side."""
    workers = {method: Worker(method, size, folder, options) for method in options.methods}
    passes: dict[str, list[dict[str, float]]] = {}
    for number in range(options.rounds):
        for method, worker in workers.items():
            if number and is_far_behind(method, passes):
                continue
            found = worker.score_all()
            if found is not None:
                passes.setdefault(method, []).append(found)
    for worker in workers.values():
        worker.end()
    print(f"\n## {size}, {options.dtype}\n")
    print("| method | tokens/s | against the loop | peak over the weights, MiB | mean nll | passes |")
    print("|---|---|---|---|---|---|")
    speed = {name: statistics.median(one["tokens_per_s"] for one in all_) for name, all_ in passes.items()}
    for name, all_ in passes.items():
        loop = speed.get(loop_of(name))
        ratio = f"{speed[name] / loop:.2f}" if loop else "-"
        memory = max(one["over_mib"] for one in all_)
        print(f"| {name} | {speed[name]:,.0f} | {ratio} | {memory:,.0f} | {all_[0]['mean_nll']:.5f} | {len(all_)} |")
    sys.stdout.flush()


def loop_of(method: str) -> str:
    """The loop that a method is compared with."""
    return "loop tuned" if method.endswith("tuned") else "loop"


def is_far_behind(method: str, passes: dict[str, list[dict[str, float]]]) -> bool:
    """Whether the first pass took more than twice as long as the loop's."""
    first, loop = passes.get(method), passes.get(loop_of(method))
    return bool(first and loop and first[0]["tokens_per_s"] < 0.5 * loop[0]["tokens_per_s"])


class Worker:
    """A method in a process of its own."""

    def __init__(self, method: str, size: str, folder: str, options: argparse.Namespace) -> None:
        self._method, self._limit_s = method, options.limit
        command = [sys.executable, __file__, "--serve", method, size, folder, "--dtype", options.dtype]
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed in end().
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        self._answer()  # Loaded and warm.

    def score_all(self) -> dict[str, float] | None:
        """Time one pass; None when the process has ended."""
        assert self._process.stdin
        if self._process.poll() is not None:
            return None
        self._process.stdin.write("again\n")
        self._process.stdin.flush()
        return self._answer()

    def end(self) -> None:
        """Let it go."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()
        self._log.close()

    def _answer(self) -> dict[str, float] | None:
        assert self._process.stdout
        timer = threading.Timer(self._limit_s, self._process.kill)
        timer.start()
        for line in self._process.stdout:
            if line.startswith("{"):  # Libraries print, too.
                timer.cancel()
                found: dict[str, float] = json.loads(line)
                return found
        timed_out = not timer.is_alive()
        timer.cancel()
        code = self._process.wait()
        self._log.seek(0)
        why = f"stopped after {self._limit_s:.0f} s" if timed_out else self._log.read().strip().splitlines()[-1:]
        print(f"{self._method} failed ({code}): {why}", flush=True)
        return None


def describe_machine() -> None:
    """What the figures were measured on."""
    import platform

    import torch
    import transformers

    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    cpu = next((line.split(":")[1].strip() for line in lines if "model name" in line), platform.processor())
    known = ("avx2", "avx512_f", "avx512_bf16", "amx_bf16")
    flags = [name for name in known if torch.cpu.get_capabilities().get(name)]
    print(f"{torch.get_num_threads()} threads of {cpu} ({', '.join(flags)})")
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, Python {platform.python_version()}")


def make_models(folder: Path, size: str) -> None:
    """A Llama-shaped base with random weights, a LoRA of rank 16 on all its linear layers, and skewed documents."""
    import random

    import torch
    from peft import LoraConfig, get_peft_model
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    width, layers, heads, vocabulary, n_documents = SIZES[size]
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=vocabulary, hidden_size=width, intermediate_size=width * 8 // 3 // 64 * 64, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=heads, max_position_embeddings=2048, tie_word_embeddings=True,
        bos_token_id=0, eos_token_id=1, pad_token_id=1,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    model.save_pretrained(folder / "base")
    words = {f"w{n}": n for n in range(2, vocabulary)} | {"<s>": 0, "</s>": 1}
    inner = Tokenizer(models.WordLevel(words, unk_token="w2"))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, bos_token="<s>", eos_token="</s>", pad_token="</s>")
    tokenizer.save_pretrained(folder / "base")
    tuned = get_peft_model(model, LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"))
    for name, parameter in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.01)
    tuned.peft_config["default"].base_model_name_or_path = str(folder / "base")
    tuned.save_pretrained(folder / "tuned")
    tokenizer.save_pretrained(folder / "tuned")
    rng = random.Random(0)
    documents = [
        " ".join(f"w{rng.randrange(2, vocabulary)}" for _ in range(min(1500, int(20 + rng.lognormvariate(4.9, 1.0)))))
        for _ in range(n_documents)
    ]
    (folder / "documents.json").write_text(json.dumps(documents))


class Peak:
    """The largest resident memory since this was made, as the kernel keeps it: no thread looks while others work."""

    def __init__(self) -> None:
        # What loading freed goes back to the kernel, and the mark falls back to what is resident now.
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")
        self._begin = self._high_water_mib()

    def over_mib(self) -> float:
        """Peak above the beginning so far, in MiB."""
        return self._high_water_mib() - self._begin

    @staticmethod
    def _high_water_mib() -> float:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def serve(method: str, size: str, folder: str, dtype: str) -> None:
    """Load, warm up, and time one pass of one method for each line of the standard input."""
    most = int(0.7 * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    home = Path(folder) / size
    documents: list[str] = json.loads((home / "documents.json").read_text())
    which = "tuned" if method.endswith("tuned") else "base"
    prepare = {"loop": loop, "lm_eval": lm_eval, "HF": hf_evaluate, "tunecheck": tunecheck_}[method.split()[0]]
    score = prepare(home, which, dtype, method)
    peak = Peak()
    score(documents[:2])
    print("{}", flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        nll, n_tokens = score(documents)
        seconds = time.perf_counter() - start
        found = {"tokens_per_s": n_tokens / seconds, "over_mib": peak.over_mib(), "mean_nll": nll / n_tokens}
        print(json.dumps(found), flush=True)


def load(home: Path, which: str, dtype: str) -> tuple[Any, Any]:
    """Model (with its adapter when tuned) and tokenizer."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(home / "base", dtype=getattr(torch, dtype)).eval()
    if which == "tuned":
        model = PeftModel.from_pretrained(model, home / "tuned").eval()
    return model, AutoTokenizer.from_pretrained(home / "base")


def loop(home: Path, which: str, dtype: str, _: str) -> Any:
    """The loop that tutorials show, with its mean corrected: one text per forward, loss from whole logits."""
    import torch

    model, tokenizer = load(home, which, dtype)

    def score(documents: list[str]) -> tuple[float, int]:
        total, n_tokens = 0.0, 0
        for text in documents:
            ids = tokenizer(text, return_tensors="pt").input_ids
            ids = torch.cat([torch.zeros(1, 1, dtype=torch.long), ids], 1)
            with torch.no_grad():
                loss = model(input_ids=ids, labels=ids).loss
            total += loss.item() * (ids.shape[1] - 1)
            n_tokens += ids.shape[1] - 1
        return total, n_tokens

    return score


def lm_eval(home: Path, which: str, dtype: str, method: str) -> Any:
    """lm_eval's rolling log-likelihood through its Python interface."""
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    size = method.split()[2]
    adapter = {"peft": str(home / "tuned")} if which == "tuned" else {}
    lm = HFLM(
        pretrained=str(home / "base"), dtype=dtype, batch_size=size if size == "auto" else int(size), device="cpu",
        max_length=2048, tokenizer=str(home / "base"), **adapter,
    )  # fmt: skip

    def score(documents: list[str]) -> tuple[float, int]:
        requests = [
            Instance(request_type="loglikelihood_rolling", doc={}, arguments=(text,), idx=n)
            for n, text in enumerate(documents)
        ]
        return -sum(lm.loglikelihood_rolling(requests, disable_tqdm=True)), sum(len(t.split()) for t in documents)

    return score


def hf_evaluate(home: Path, which: str, dtype: str, _: str) -> Any:
    """The steps of Hugging Face's `evaluate` perplexity metric.

    The metric's code is downloaded when it is used, so its steps are rebuilt here from its source (evaluate 0.4.6,
    metrics/perplexity): the model is loaded on every call, the whole corpus is padded to its longest text, and batches
    of 16 rows in file order go through the model with whole logits. Its mean over texts is replaced by the total.
    """
    import torch

    def score(documents: list[str]) -> tuple[float, int]:
        model, tokenizer = load(home, which, dtype)
        batch = tokenizer([f"<s> {text}" for text in documents], padding=True, return_tensors="pt")
        total, n_tokens = 0.0, 0
        for start in range(0, len(documents), 16):
            ids, mask = batch.input_ids[start : start + 16], batch.attention_mask[start : start + 16]
            with torch.no_grad():
                logits = model(input_ids=ids, attention_mask=mask).logits
            shifted = torch.nn.functional.cross_entropy(
                logits[:, :-1].contiguous().transpose(1, 2), ids[:, 1:].contiguous(), reduction="none"
            )
            total += float((shifted * mask[:, 1:]).double().sum())
            n_tokens += int(mask[:, 1:].sum())
        return total, n_tokens

    return score


def tunecheck_(home: Path, which: str, dtype: str, _: str) -> Any:
    """This project: the scorer as `tunecheck perplexity` uses it, in a process prepared as the command line does."""
    from tunecheck.cli.process import prepare_process

    prepare_process()
    from tunecheck.core import Item, Message
    from tunecheck.models.huggingface import LoadOptions, ModelPair

    pair = ModelPair(str(home / "tuned"), options=LoadOptions(dtype=dtype))
    side = pair.open("tuned" if which == "tuned" else "base").__enter__()

    def score(documents: list[str]) -> tuple[float, int]:
        items = [Item(form="text", response=Message(role="text", content="<s> " + text)) for text in documents]
        encoded = side.scorer.encode(items)
        scores = [one for batch in side.scorer.batches(encoded) for one in side.scorer.score(batch)]
        return sum(s.response.nll_nats for s in scores), sum(s.response.n_tokens for s in scores)

    return score


if __name__ == "__main__":
    main()
