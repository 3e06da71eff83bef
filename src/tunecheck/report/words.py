"""What people call things: measures with their units, statuses, severities and decisions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """A measure's name for people, and its unit or ""."""

    label: str
    unit: str = ""


_RATE = "nats per token"

_MEASURES: dict[str, Name] = {
    "base": Name("Base"),
    "tuned": Name("Tuned"),
    "paired": Name("Tuned against base, paired by item"),
    "nll_nats": Name("Negative log-likelihood", _RATE),
    "perplexity": Name("Perplexity"),
    "bits_per_byte": Name("Bits per byte"),
    "bits_per_byte_gain": Name("Gain", "bits per byte"),
    "token_accuracy": Name("Token accuracy", "share of tokens"),
    "full_sequence": Name("With the prompt"),
    "with_leaked": Name("With the leaked items"),
    "paired_without_leaked": Name("Without the leaked items"),
    "leaks": Name("Leaks"),
    "n_leaked": Name("Leaked items"),
    "leaked_percent": Name("Leaked", "% of validation items"),
    "n_train_copies": Name("Copies inside the training set"),
    "kinds": Name("By kind"),
    "exact": Name("Exact copies"),
    "prompt": Name("The same prompt"),
    "near": Name("Near copies"),
    "contained": Name("Prompts inside a training row"),
    "response": Name("The same long response, not counted"),
    "n_items": Name("Items"),
    "n_unscored": Name("Items left unscored"),
    "n_train": Name("Training items"),
    "n_val": Name("Validation items"),
    "detectable_excess_gain_nats": Name("Smallest excess gain that this can see", _RATE),
    "tuned_vs_base_nats": Name("Largest change of a token by tuning", "nats"),
    "batch_dependence_nats": Name("Largest change of a token by its batch", "nats"),
    "precision": Name("Precision"),
    "precision_drift_nats": Name("Drift from float32", _RATE),
    "n_tokens": Name("Tokens"),
    "n_bytes": Name("Bytes"),
    "nll_gain_nats": Name("Gain", _RATE),
    "perplexity_ratio": Name("Perplexity ratio", "tuned / base"),
    "improvement_percent": Name("Perplexity improvement", "%"),
    "train_nll_nats": Name("Loss on training rows", _RATE),
    "val_nll_nats": Name("Loss on validation rows", _RATE),
    "gap_nats": Name("Gap between the two", _RATE),
    "gap_label": Name("Size of the gap"),
    "gain_train_nats": Name("Gain on training rows", _RATE),
    "gain_val_nats": Name("Gain on validation rows", _RATE),
    "excess_gain_nats": Name("Excess gain on training rows", _RATE),
    "transfer_ratio": Name("Transfer ratio", "validation gain / training gain"),
    "membership_auc": Name("Training rows told apart", "AUC, 0.5 is chance"),
    "verbatim_excess": Name("Verbatim recall above base", "share of items"),
    "copy_excess": Name("Copied text above base", "share of items"),
    "diversity": Name("Diversity"),
    "near_gain_nats": Name("Gain on rows near training", _RATE),
    "far_gain_nats": Name("Gain on rows far from training", _RATE),
    "forgetting_percent": Name("Forgetting", "%"),
    "membership": Name("Known by heart"),
    "membership_score": Name("Score that decides"),
    "membership_plain_auc": Name("Told apart before lengths and difficulty are taken out", "AUC"),
    "wbc_auc": Name("Told apart by windows of tokens", "AUC"),
    "membership_tpr": Name("Training rows found at that rate of false alarms", "share of items"),
    "membership_fpr_percent": Name("Rate of false alarms", "%"),
    "text_auc": Name("Told apart by the words alone", "AUC"),
    "extraction": Name("Would be written word for word"),
    "verbatim_over_validation": Name("Verbatim recall above validation rows", "share of items"),
    "verbatim_equal_difficulty": Name("The same at equal difficulty", "share of items"),
    "verbatim_excess_after": Name("Verbatim recall after a prefix of so many tokens", "share of items"),
    "verbatim_shares": Name("Reproduced"),
    "train_tuned": Name("Training rows, tuned", "share of items"),
    "train_base": Name("Training rows, base", "share of items"),
    "validation_tuned": Name("Validation rows, tuned", "share of items"),
    "validation_base": Name("Validation rows, base", "share of items"),
    "longest_run_excess_tokens": Name("Longest run that would be written, excess", "tokens"),
    "argmax_excess": Name("Tokens that would be written, excess", "share of tokens"),
    "sampled_excess": Name("Chance to come up in the samples, excess", "probability"),
    "n_samples": Name("Samples of one prompt"),
    "template_tokens": Name("Template left out", "tokens"),
    "leading": Name("At the start", "tokens"),
    "trailing": Name("At the end", "tokens"),
    "n_too_short_train": Name("Training responses too short to tell"),
    "n_too_short_validation": Name("Validation responses too short to tell"),
    "near_far": Name("Near and far"),
    "mid_gain_nats": Name("Gain on rows between near and far", _RATE),
    "near_less_far_nats": Name("Near less far", _RATE),
    "far_share": Name("Share of the near gain that far text keeps"),
    "similarity_slope_nats": Name("Gain from likeness at equal difficulty", f"{_RATE}, from 0 to 1"),
    "duplicate_gain_nats": Name("Gain on near copies of prompts", _RATE),
    "n_duplicates": Name("Near copies of prompts"),
    "n_near": Name("Near items"),
    "n_far": Name("Far items"),
    "near_similarity": Name("Mean similarity of near items"),
    "far_similarity": Name("Mean similarity of far items"),
    "copying": Name("Copied answers"),
    "references": Name("References"),
    "coverage": Name("Words in copies of eight or more", "share of words"),
    "copied_whole": Name("Copied as a whole or at length", "share of answers"),
    "near_verbatim": Name("Nearly a training response", "share of answers"),
    "longest_words": Name("Longest copy", "words"),
    "copied_whole_excess": Name("Copied as a whole, excess", "share of answers"),
    "near_verbatim_excess": Name("Nearly a training response, excess", "share of answers"),
    "against_references": Name("Against references"),
    "against_base": Name("Against base"),
    "control": Name("Control"),
    "tuned_over_control": Name("Tuned over control"),
    "vendi": Name("Different answers", "effective number"),
    "ead": Name("Variety of words", "EAD"),
    "compression_ratio": Name("Compression ratio"),
    "self_repetition": Name("Answers that share four words in a row", "share"),
    "opening_alike": Name("Answers that begin alike", "share"),
    "looping": Name("Answers that go round in circles", "share"),
    "cut_off": Name("Answers without an end", "share"),
    "excess_over_references": Name("Excess over references", "share"),
    "excess_over_base": Name("Excess over base", "share"),
    "tuned_repeated_4_grams": Name("Tuned, four words said before", "share"),
    "base_repeated_4_grams": Name("Base, four words said before", "share"),
    "references_repeated_4_grams": Name("References, four words said before", "share"),
    "label": Name("Shape of the curve"),
    "best_step": Name("Best step"),
    "best_eval_loss": Name("Best evaluation loss"),
    "last_eval_loss": Name("Last evaluation loss"),
    "give_back": Name("Given back after the best step", "share of the fall"),
    "shipped_step": Name("Step of the kept model"),
    "source": Name("Read from"),
    "last_step": Name("Last step"),
    "n_evals": Name("Evaluations"),
    "unit": Name("Counted in"),
    "format": Name("Format of the log"),
    "runs_in_file": Name("Runs in that file"),
    "curve": Name("Training curve"),
    "overfitting": Name("Overfitting"),
    "tasks": Name("Task metrics"),
    "rougeL": Name("ROUGE-L", "F"),
    "rouge1": Name("ROUGE-1", "F"),
    "rouge2": Name("ROUGE-2", "F"),
    "rougeLsum": Name("ROUGE-Lsum", "F"),
    "length_ratio": Name("Length over reference", "words / words"),
    "copied_share": Name("Copied from the source", "share of words"),
    "is_empty": Name("Empty answers", "share of answers"),
    "density": Name("Length of the pieces copied from the source", "words"),
    "tasks.paired": Name("Tuned less base"),
    "tasks.coverage": Name("Coverage", "share"),
    "accuracy": Name("Accuracy", "share of rows"),
    "balanced_accuracy": Name("Balanced accuracy", "mean recall"),
    "macro_f1": Name("F1, mean over labels"),
    "micro_f1": Name("F1, over all rows"),
    "weighted_f1": Name("F1, weighted by label"),
    "mcc": Name("Matthews correlation"),
    "kappa": Name("Cohen's kappa"),
    "recall": Name("Recall"),
    "f1": Name("F1"),
    "support": Name("Rows"),
    "predicted": Name("Answered"),
    "ranked": Name("Likeliest label"),
    "calibration_error": Name("Calibration error", "0 is best"),
    "brier": Name("Brier score", "0 to 2, 0 is best"),
    "log_loss_nats": Name("Log loss", "nats"),
    "subset_accuracy": Name("All labels right", "share of rows"),
    "samples_f1": Name("F1 of a row's labels"),
    "jaccard": Name("Labels in common", "share of those in either"),
    "hamming_loss": Name("Wrong decisions", "share of rows times labels"),
    "bertscore": Name("BERTScore", "F, not rescaled"),
    "bertscore_precision": Name("BERTScore, precision"),
    "bertscore_recall": Name("BERTScore, recall"),
    "embedding_similarity": Name("Similarity of embeddings", "cosine"),
    "mcnemar_p": Name("McNemar's exact test", "p"),
    "p_values": Name("p of no difference"),
    "p_values_adjusted": Name("p of no difference, corrected for all measures that decide (Holm)"),
    "baselines": Name("Without a model"),
    "baseline": Name("First three sentences of the source"),
    "majority_label": Name("Commonest label"),
    "majority": Name("Always the commonest label", "accuracy"),
    "random": Name("A guess with the shares of the references", "accuracy"),
    "uniform": Name("A guess with equal shares", "accuracy"),
    "n_only_tuned_right": Name("Right from tuned alone", "rows"),
    "n_only_base_right": Name("Right from base alone", "rows"),
    "exact_match": Name("Exact match", "share of rows"),
    "contains": Name("Holds the reference", "share of rows"),
    "bleu": Name("BLEU", "0 to 100"),
    "chrf": Name("chrF", "0 to 100"),
    "ter": Name("TER", "edits per 100 words"),
    "verdicts": Name("Verdict"),
    "tasks.p_value": Name("Signs permuted by problem", "p"),
    "sandbox_tier": Name("How well programs were shut in", "A isolated, B confined, C not at all"),
    "tasks.n_problems": Name("Problems counted"),
    "tasks.n_excluded": Name("Problems excluded"),
    "tasks.n_unscored": Name("Left unscored"),
    "tasks.n_samples": Name("Samples of one problem"),
    "tasks.least": Name("fewest"),
    "tasks.most": Name("most"),
    "review": Name("Human review"),
    "review.difference": Name("Tuned less base"),
    "review.equal": Name("Same value again", "share of ratings"),
    "review.n_items": Name("Items rated whole by one person"),
    "n_items_needed": Name("Items that a verdict needs"),
    "n_items_missing": Name("Items missing"),
    "n_raters": Name("Raters"),
    "n_rated": Name("Ratings of answers"),
    "n_answers": Name("Answers"),
    "unfinished": Name("Answers left on sheets that were begun"),
    "n_blocked": Name("Answers that could not be judged"),
    "n_peeked": Name("Rated after a look at the reference"),
    "without_hasty": Name("Status without hasty raters"),
    "ab": Name("Blind comparison"),
}

STATUS_WORDS = {"pass": "pass", "warn": "warning", "fail": "fail", "unknown": "unknown"}
SEVERITY_WORDS = {"info": "note", "warn": "warning", "fail": "fail"}
VERDICT_WORDS = {"ship": "Ship", "hold": "Hold", "incomplete": "Incomplete"}
VERDICT_SENTENCES = {
    "ship": "This model is good enough to ship.",
    "hold": "Do not ship this model yet.",
    "incomplete": "There is not enough evidence to decide yet.",
}


# What stands below these names is named by a number.
_BY_NUMBER = {"pass_at": ("pass@{}", "chance that one of k passes"), "pass_all": ("pass^{}", "chance that all k pass")}


def name_at(path: tuple[str, ...], group: str = "") -> Name:
    """The name of a measure by its path.

    >>> name_at(("pass_at", "5")).label, name_at(("kinds", "near")).label
    ('pass@5', 'By kind · Near copies')
    """
    if len(path) > 1 and path[-2] in _BY_NUMBER:
        label, unit = _BY_NUMBER[path[-2]]
        before = [name_of(part, group).label for part in path[:-2]]
        return Name(" · ".join([*before, label.format(path[-1])]), unit)
    return Name(" · ".join(name_of(part, group).label for part in path), name_of(path[-1], group).unit)


def name_of(key: str, group: str = "") -> Name:
    """The name of a measure or check; one that nobody named is its key with spaces for underscores.

    Where a name means something else in one ``group`` of checks, that one is taken.

    >>> name_of("gap_nats").unit
    'nats per token'
    >>> name_of("my_own_measure").label
    'my own measure'
    """
    return _MEASURES.get(f"{group}.{key}") or _MEASURES.get(key) or Name(key.replace("_", " "))
