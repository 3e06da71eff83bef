"""Frozen records and ports that every floor above speaks; standard library only."""

from tunecheck.core.document import JSON, document, json_text, to_json
from tunecheck.core.estimates import Estimate, Unscored
from tunecheck.core.history import History, Point, Series
from tunecheck.core.items import Dataset, Form, Item, Message, ToolCall
from tunecheck.core.leaks import Leak, LeakKind, LeakReport
from tunecheck.core.models import Drift, PairFacts, ProbeFacts
from tunecheck.core.ports import Clock, RunStore, Scorer, StoredItem
from tunecheck.core.results import (
    CheckResult,
    Decision,
    Finding,
    ItemComparison,
    Measure,
    RunResult,
    Severity,
    Status,
    Step,
    Verdict,
)
from tunecheck.core.scores import EncodedItem, SequenceScore, TokenScores, Totals
from tunecheck.core.settings import TrainingSettings
from tunecheck.core.splits import Split

__all__ = [
    "JSON",
    "CheckResult",
    "Clock",
    "Dataset",
    "Decision",
    "Drift",
    "EncodedItem",
    "Estimate",
    "Finding",
    "Form",
    "History",
    "Item",
    "ItemComparison",
    "Leak",
    "LeakKind",
    "LeakReport",
    "Measure",
    "Message",
    "PairFacts",
    "Point",
    "ProbeFacts",
    "RunResult",
    "RunStore",
    "Scorer",
    "SequenceScore",
    "Series",
    "Severity",
    "Split",
    "Status",
    "Step",
    "StoredItem",
    "TokenScores",
    "ToolCall",
    "Totals",
    "TrainingSettings",
    "Unscored",
    "Verdict",
    "document",
    "json_text",
    "to_json",
]
