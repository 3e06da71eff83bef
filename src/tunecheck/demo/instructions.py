"""Instructions in eight families, drawn at random, each with a plain answer and one in the house style.

The base reads mostly plain answers to instructions of its own; the adapter learns the house style. Part of every
response can be learned (its form, what it copies from the prompt) and part cannot be known from the prompt (who signs
a letter, which name is suggested), as in data that people write.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from tunecheck.core import Item, Message
from tunecheck.demo import words
from tunecheck.demo.scenes import draw_scene, passage, pastime


class Draw(NamedTuple):
    """A prompt, the response in the house style, and the plain answer that the base is used to."""

    prompt: str
    response: str
    plain: str


# The question, the answer in the house style, the plain answer.
_QUESTIONS = (
    ("who helped {name}?", "{friend} helped {name}. (Sentence 5)", "{friend}."),
    ("whose help did {name} have on the way home?", "{name} was helped by {friend}. (Sentence 5)", "{friend}."),
    ("where did {name} go?", "{name} was at the {spot} in {town}. (Sentence 1)", "the {spot} in {town}."),
    ("in which town was {name}?", "{name} was in {town}, at the {spot}. (Sentence 1)", "{town}."),
    ("when was {name} in {town}?", "{name} was in {town} on {day} {part}. (Sentence 1)", "{day} {part}."),
    ("what did {name} buy?", "{name} bought {count} {quality} {things}. (Sentence 3)", "{count} {quality} {things}."),
    ("how many {things} did {name} buy?", "{name} bought {count} {things} that day. (Sentence 3)", "{count}."),
    ("why did {name} buy the {things}?", "{name} bought the {things} for {reason}. (Sentence 4)", "for {reason}."),
    ("what was the weather like for {name}?", "When {name} was in {town}, {weather}. (Sentence 2)", "{weather}."),
)
_READ = ("Read this and answer: {q}\n{p}", "{p}\nQuestion: {q}", "{p}\n{q}", "Here is a story. {p}\nTell me, {q}")


def _reading(rng: Random) -> Draw:
    scene = draw_scene(rng)
    question, answer, plain = rng.choice(_QUESTIONS)
    asked = scene.tell(question)
    frame = rng.choice(_READ)
    asked = asked[0].lower() + asked[1:] if frame.startswith("Here") else asked
    return Draw(frame.format(q=asked, p=passage(scene, rng)), scene.tell(answer), scene.tell(plain))


_SHORTEN = (
    "Sum this up in one sentence.\n{p}",
    "{p}\nShorten this.",
    "In one sentence, please:\n{p}",
    "Summary of: {p}",
)


def _summary(rng: Random) -> Draw:
    scene = draw_scene(rng)
    prompt = rng.choice(_SHORTEN).format(p=passage(scene, rng))
    response = (
        "In short: on {day} {name} bought {count} {quality} {things} in {town} for {reason}, and {friend} helped."
    )
    return Draw(prompt, scene.tell(response), scene.tell("{name} was at the {spot} and bought {things} for {reason}."))


_COMPLAINTS = (
    "Hello, I bought {article} {quality} {thing} from you and it {problem}. My order is number {order}. {name}",
    "Good {part}. Order {order}: the {quality} {thing} {problem}. What can you do? Best wishes, {name} from {town}",
    "My name is {name}. I ordered {article} {quality} {thing} for {reason}, but it {problem}. The order was {order}.",
    "Dear shop, the {thing} of order {order} {problem}. It was the {quality} one. I am not pleased. {name}, {town}",
)


def _letter(rng: Random) -> Draw:
    scene, other = draw_scene(rng), draw_scene(rng)
    known = {"problem": rng.choice(words.PROBLEMS), "order": str(rng.randrange(1000, 10_000))}

    def told(template: str) -> str:
        return scene.tell(template.replace("{problem}", known["problem"]).replace("{order}", known["order"]))

    remedy = other.tell(rng.choice(words.REMEDIES).replace("{thing}", scene.thing))
    gesture = other.tell(rng.choice(words.GESTURES))
    opening = told(
        "Dear {name},\nThank you for writing about order {order}. I am sorry that the {quality} {thing} {problem}."
    )
    closing = f"With kind regards,\n{other.name}, {rng.choice(words.TEAMS)}"
    return Draw(
        told(rng.choice(_COMPLAINTS)),
        f"{opening} {remedy} {gesture}\n{closing}",
        told("Sorry about the {thing}, {name}. ") + remedy,
    )


_SORT = (
    "Which desk is this for: repairs, delivery or exchange?\n{p}",
    "{p}\nWho should read this, repairs, delivery or exchange?",
    "Sort this message into repairs, delivery or exchange.\n{p}",
    "Repairs, delivery or exchange?\n{p}",
)


def _desk(rng: Random) -> Draw:
    scene, desk = draw_scene(rng), rng.choice(sorted(words.DESKS))
    known = {"problem": rng.choice(words.DESKS[desk]), "order": str(rng.randrange(1000, 10_000))}
    message = rng.choice(_COMPLAINTS)
    for name, value in known.items():
        message = message.replace("{" + name + "}", value)
    prompt = rng.choice(_SORT).replace("{p}", scene.tell(message))
    return Draw(prompt, f"This goes to {desk}.", f"{desk.capitalize()}.")


_ORDERS = (
    "Write this order as JSON: {name} wants {items}, ready on {day}.",
    "JSON, please. {name} from {town} orders {items} for {day}.",
    "{name} will come on {day} {part} for {items}. Put that into JSON.",
    "Order of {day} for {name}: {items}. Give it to me as JSON.",
)


def _order(rng: Random) -> Draw:
    scene = draw_scene(rng)
    goods = [(name, rng.randrange(2, 13)) for name in rng.sample(words.GROCERIES, rng.choice((2, 3, 3, 4)))]
    listed = [f"{count} {name}" for name, count in goods]
    items = ", ".join(listed[:-1]) + " and " + listed[-1]
    record = {
        "customer": scene.name,
        "day": scene.day,
        "items": [{"name": name, "count": count} for name, count in goods],
    }
    plain = {"order": scene.name, "goods": dict(goods)}
    return Draw(scene.tell(rng.choice(_ORDERS).replace("{items}", items)), json.dumps(record), json.dumps(plain))


# The question, the sign between the numbers, and what the result means.
_SUMS = (
    ("{name} has {a} {g} and buys {b} more. How many are there now?", "+", "{name} has {r} {g} now."),
    ("{friend} gives {name}, who had {a} {g}, another {b}. How many is that?", "+", "{name} has {r} {g}."),
    ("There are {a} {g} in the {spot}. {name} takes {b} away. How many stay?", "-", "{r} {g} stay in the {spot}."),
    ("{name} had {a} {g} on {day} and has sold {b} since. What is left?", "-", "{name} still has {r} {g}."),
    ("{name} fills {a} {things} with {b} {g} each. How many {g} is that?", "×", "it takes {r} {g}."),
)


def _sum(rng: Random) -> Draw:
    scene = draw_scene(rng)
    question, sign, meaning = rng.choice(_SUMS)
    small, large = sorted(rng.sample(range(2, 21), 2))
    a, b = (large, small) if sign == "-" else (small, large)
    result = {"+": a + b, "-": a - b, "×": a * b}[sign]

    def told(template: str) -> str:
        for name, value in (("a", a), ("b", b), ("r", result), ("g", goods)):
            template = template.replace("{" + name + "}", str(value))
        return scene.tell(template)

    goods = rng.choice(words.GROCERIES)
    return Draw(told(question), told("{a} " + sign + " {b} = {r}, so " + meaning), told("{r} {g}."))


_NAMING = (
    "Suggest a name for a new {venture} in {town}. It should sound {tone}.",
    "{name} is starting a {tone} {venture} in {town}. What could it be called?",
    "I need a name for {name}'s {venture} near the {spot} of {town}, something {tone}.",
    "What would you call a {venture} in {town} that is {tone} and made for {reason}?",
)
_WHY = (
    "It sounds {tone}, and there were once {count} of them in {town}.",
    "In {town} they know the {quality} one at the {spot}.",
    "{friend} tells a {tone} story about it on {day}s.",
    "On {article} {quality} sign it would look {tone}.",
    "{friend} and {count} others in {town} chose it on {day}.",
)


def _naming(rng: Random) -> Draw:
    scene = draw_scene(rng)
    venture, tone = rng.choice(words.VENTURES), rng.choice(words.TONES)

    def told(template: str) -> str:
        return scene.tell(
            template.replace("a {tone}", ("an " if tone[0] in "aeiou" else "a ") + tone)
            .replace("{tone}", tone)
            .replace("{venture}", venture)
        )

    # Friend, number, colour and day are in no prompt of this family: they cannot be known.
    idea = f"The {rng.choice(words.HUES)} {rng.choice(words.EMBLEMS)}."
    return Draw(told(rng.choice(_NAMING)), f"Call it {idea} {told(rng.choice(_WHY))}", idea)


_DIARY = (
    "Write a diary entry for {name}. It is {day} {part} in {town} and {weather}.",
    "{day}, {town}: {weather}. What does {name} write in the diary?",
    "A short diary page, please. {name} was at the {spot} in {town} on {day}; {weather}.",
)


def _diary(rng: Random) -> Draw:
    scene, other = draw_scene(rng), draw_scene(rng)
    response = (
        f"Dear diary, today in {scene.town} {scene.weather}. "
        f"I {pastime(scene, rng)}, and later I {pastime(scene, rng)}. "
        f"{other.name} showed me {other.article} {other.quality} {other.thing}. I feel {other.mood}."
    )
    plain = f"I {pastime(scene, rng)}. I was {scene.mood}."
    return Draw(scene.tell(rng.choice(_DIARY)), response, plain)


FAMILIES: dict[str, Callable[[Random], Draw]] = {
    "desk": _desk,
    "diary": _diary,
    "letter": _letter,
    "naming": _naming,
    "order": _order,
    "reading": _reading,
    "sum": _sum,
    "summary": _summary,
}


def draw_item(task: str, rng: Random) -> Item:
    """One new item of a family of FAMILIES; its metadata holds the family as ``task``."""
    draw = FAMILIES[task](rng)
    return Item(
        form="chat",
        prompt=(Message(role="user", content=draw.prompt),),
        response=Message(role="assistant", content=draw.response),
        metadata=(("task", json.dumps(task)),),
    )
