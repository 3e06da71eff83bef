"""The base's reading: stories, letters, lists, records and plain questions and answers of the same small world."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random

from tunecheck.demo import words
from tunecheck.demo.instructions import FAMILIES
from tunecheck.demo.scenes import draw_scene, passage, pastime

# Share of the answers in the base's reading that are in the house style. As with a base from the hub, tuning does not
# bring a new language but a new habit; so the gain is modest, and a run that learns rows by heart can lose all of it.
_HOUSE_STYLE = 0.07


def _story(rng: Random) -> str:
    scene = draw_scene(rng)
    ending = rng.choice(("Later {name} {did}.", "Then {name} {did}.", "{name} {did}, and that was {day}."))
    return passage(scene, rng) + " " + scene.tell(ending.replace("{did}", pastime(scene, rng)))


def _chronicle(rng: Random) -> str:
    """Short facts in which the same words come back, so that the base learns to copy."""
    scene = draw_scene(rng)
    facts = [
        "{name} bought {count} {quality} {things}. The {things} were {quality}.",
        "{name} was in {town} on {day} {part}, at the {spot} of {town}.",
        "{friend} helped {name}, and {name} thanked {friend}.",
        "The {things} are for {reason}. Yes, {name} said, for {reason}.",
        "On {day} {weather}, and {name} was {mood}.",
        "Did {friend} see {town}? {friend} saw {town} with {name}.",
    ]
    return scene.tell(" ".join(rng.sample(facts, 4)))


def _register(rng: Random) -> str:
    """Names and towns, read out twice: nothing but copying."""
    people = [f"{name} of {rng.choice(words.TOWNS)}" for name in rng.sample(words.NAMES, rng.randrange(3, 8))]
    return f"{', '.join(people)}.\nAgain: {', '.join(people)}."


def _post(rng: Random) -> str:
    scene, other = draw_scene(rng), draw_scene(rng)
    problem = rng.choice(words.PROBLEMS)
    return (
        scene.tell(f"{{name}} has written to the shop: the {{quality}} {{thing}} {problem}. ")
        + f"The order has the number {rng.randrange(1000, 10_000)}. "
        + other.tell(f"{rng.choice(words.REMEDIES)} {rng.choice(words.GESTURES)}")
        + f"\n{other.name}, {rng.choice(words.TEAMS)}"
    )


def _list(rng: Random) -> str:
    scene = draw_scene(rng)
    goods = rng.sample(words.GROCERIES, rng.randrange(2, 5))
    lines = [f"- {rng.randrange(2, 13)} {name}" for name in goods]
    return scene.tell("{name}, {town}, {day} {part}") + "\n" + "\n".join(lines)


def _record(rng: Random) -> str:
    scene = draw_scene(rng)
    goods = {name: rng.randrange(2, 13) for name in rng.sample(words.GROCERIES, 2)}
    return json.dumps({"name": scene.name, "town": scene.town, "day": scene.day, "goods": goods})


def _count(rng: Random) -> str:
    scene, goods = draw_scene(rng), rng.choice(words.GROCERIES)
    a, b = rng.randrange(2, 13), rng.randrange(2, 21)
    return f"{scene.name} counts {goods}: {a} + {b} = {a + b}, {a + b} - {a} = {b}, {a} × {b} = {a * b}."


def _plan(rng: Random) -> str:
    scene = draw_scene(rng)
    return scene.tell(
        f"{{name}} has a {rng.choice(words.VENTURES)} in {{town}}. It is {rng.choice(words.TONES)}, and its name is "
        f"The {rng.choice(words.HUES)} {rng.choice(words.EMBLEMS)}."
    )


def _page(rng: Random) -> str:
    scene = draw_scene(rng)
    return scene.tell(
        f"{{day}}, {{town}}: {{weather}}. I {pastime(scene, rng)} and {pastime(scene, rng)}. I was {{mood}}."
    )


def _exchange(rng: Random) -> str:
    """An instruction with an answer: plain as a rule, at times in the style that the adapter is to make the rule."""
    draw = FAMILIES[rng.choice(sorted(FAMILIES))](rng)
    return f"Question:\n{draw.prompt}\nAnswer:\n{draw.response if rng.random() < _HOUSE_STYLE else draw.plain}"


_KINDS: tuple[Callable[[Random], str], ...] = (
    *(_exchange, _story, _exchange, _chronicle, _exchange, _post, _exchange, _list, _exchange, _record),
    *(_exchange, _count, _exchange, _plan, _exchange, _page, _exchange, _register, _register, _register),
)


def generate_corpus(n_documents: int, rng: Random) -> tuple[str, ...]:
    """Documents for the base, drawn from all kinds in turn; every other one is an exchange."""
    return tuple(_KINDS[index % len(_KINDS)](rng) for index in range(n_documents))
