"""Frozen records and ports that every floor above speaks; standard library only."""

from tunecheck.core.answers import Answer, Answers
from tunecheck.core.completions import Completion, EncodedPrompt, Ended, GenerationSettings, completion_key
from tunecheck.core.document import JSON, document, json_text, to_json
from tunecheck.core.estimates import Estimate, Unscored
from tunecheck.core.history import History, Point, Series
from tunecheck.core.items import Dataset, Form, Item, Message, ToolCall
from tunecheck.core.leaks import Leak, LeakKind, LeakReport
from tunecheck.core.models import Drift, PairFacts, ProbeFacts
from tunecheck.core.ports import Clock, Generator, RunStore, Scorer, StoredItem
from tunecheck.core.predictions import Answered, Prediction, Predictions
from tunecheck.core.results import (
    CheckResult,
    Decision,
    Exhibit,
    ExhibitList,
    Finding,
    ItemComparison,
    Measure,
    RunResult,
    Severity,
    Status,
    Step,
    Verdict,
)
from tunecheck.core.scores import EncodedItem, Leading, SequenceScore, TokenScores, Totals
from tunecheck.core.settings import TrainingSettings
from tunecheck.core.splits import Split
from tunecheck.core.tasks import LabelFacts, Measured, Outcome, Reading, Scores, TaskFacts, TaskSpec

__all__ = [
    "JSON",
    "Answer",
    "Answered",
    "Answers",
    "CheckResult",
    "Clock",
    "Completion",
    "Dataset",
    "Decision",
    "Drift",
    "EncodedItem",
    "EncodedPrompt",
    "Ended",
    "Estimate",
    "Exhibit",
    "ExhibitList",
    "Finding",
    "Form",
    "GenerationSettings",
    "Generator",
    "History",
    "Item",
    "ItemComparison",
    "LabelFacts",
    "Leading",
    "Leak",
    "LeakKind",
    "LeakReport",
    "Measure",
    "Measured",
    "Message",
    "Outcome",
    "PairFacts",
    "Point",
    "Prediction",
    "Predictions",
    "ProbeFacts",
    "Reading",
    "RunResult",
    "RunStore",
    "Scorer",
    "Scores",
    "SequenceScore",
    "Series",
    "Severity",
    "Split",
    "Status",
    "Step",
    "StoredItem",
    "TaskFacts",
    "TaskSpec",
    "TokenScores",
    "ToolCall",
    "Totals",
    "TrainingSettings",
    "Unscored",
    "Verdict",
    "completion_key",
    "document",
    "json_text",
    "to_json",
]
