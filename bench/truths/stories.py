"""Small scenes in the words of children's stories: what the stories base can continue, and bring to an end."""

from __future__ import annotations

import json
from random import Random

from tunecheck.core import Item, Message

SCENES = ("saw", "lost", "gave")
FORM = "This is a little story. Someone {} a thing. The end."
_NAMES = [
    "Lily",
    "Tim",
    "Tom",
    "Sue",
    "Ben",
    "Mia",
    "Max",
    "Sam",
    "Anna",
    "Jack",
    "Lucy",
    "Jill",
    "Bob",
    "Sara",
    "Amy",
    "Spot",
    "Tina",
    "Fred",
    "Polly",
    "Leo",
]
_THINGS = [
    "ball",
    "doll",
    "car",
    "toy",
    "book",
    "cake",
    "flower",
    "hat",
    "tree",
    "bird",
    "cat",
    "dog",
    "box",
    "boat",
    "kite",
    "apple",
    "drum",
    "duck",
    "cup",
    "bag",
]
_KINDS = ["red", "blue", "green", "big", "little", "pretty", "shiny", "new", "old", "yellow", "soft", "funny"]
_PLACES = ["park", "garden", "house", "room", "kitchen", "forest", "beach", "school", "yard"]

# In each answer one thing is in no prompt and cannot be known: {friend}, {other}, {mood} or {there}.
_TOLD = {
    "saw": (
        ("{name} saw a {kind} {thing} in the {place}.", "In the {place}, {name} came and saw a {kind} {thing}."),
        "{name} was happy to see the {kind} {thing}. {friend} said it was {mood}.",
    ),
    "lost": (
        ("{name} lost a {kind} {thing} in the {place}.", "One day {name} lost a {thing}. It was {kind}."),
        "{name} was sad and looked for the {thing}. {friend} found a {other}.",
    ),
    "gave": (
        ("{name} gave {friend} a {kind} {thing}.", "{friend} got a {kind} {thing} from {name} in the {place}."),
        "{friend} said thank you to {name} and put the {thing} in the {there}.",
    ),
}


def draw_scene(task: str, rng: Random) -> Item:
    """One scene of SCENES, and how it goes on; its metadata holds the kind of scene as ``task``."""
    prompts, response = _TOLD[task]
    name, friend = rng.sample(_NAMES, 2)
    thing, other = rng.sample(_THINGS, 2)
    kind, mood = rng.sample(_KINDS, 2)
    place, there = rng.sample(_PLACES, 2)
    known = {
        **{"name": name, "friend": friend, "thing": thing, "other": other},
        **{"kind": kind, "mood": mood, "place": place, "there": there},
    }
    return Item(
        form="chat",
        prompt=(Message(role="user", content=rng.choice(prompts).format(**known)),),
        response=Message(role="assistant", content=response.format(**known)),
        metadata=(("task", json.dumps(task)),),
    )
