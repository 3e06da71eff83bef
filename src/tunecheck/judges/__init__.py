"""Judges: language models behind OpenAI-compatible servers that say which of two answers is better."""

from tunecheck.judges.address import ServerAddress, parse_address
from tunecheck.judges.canaries import CANARIES, Canary, with_canary
from tunecheck.judges.client import ChatServer
from tunecheck.judges.prompt import question
from tunecheck.judges.reply import NoReply, Reply
from tunecheck.judges.retries import Patience
from tunecheck.judges.verdict import Unread, Verdict, read_verdict

__all__ = [
    "CANARIES",
    "Canary",
    "ChatServer",
    "NoReply",
    "Patience",
    "Reply",
    "ServerAddress",
    "Unread",
    "Verdict",
    "parse_address",
    "question",
    "read_verdict",
    "with_canary",
]
