"""Scene: who did what, where and when, drawn at random, and the sentences that tell it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from random import Random

from tunecheck.demo import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One drawn situation; every field is a word or a phrase that templates may name in braces."""

    name: str
    friend: str
    town: str
    spot: str
    thing: str
    things: str
    quality: str
    article: str
    count: str
    day: str
    part: str
    weather: str
    reason: str
    mood: str

    def tell(self, template: str) -> str:
        """The template with its braces filled, and its first letter a capital."""
        text = template.format_map(asdict(self))
        return text[:1].upper() + text[1:]


def draw_scene(rng: Random) -> Scene:
    """A new scene; the two people in it are different."""
    name, friend = rng.sample(words.NAMES, 2)
    thing, things = rng.choice(words.THINGS)
    quality = rng.choice(words.QUALITIES)
    return Scene(
        name=name,
        friend=friend,
        town=rng.choice(words.TOWNS),
        spot=rng.choice(words.SPOTS),
        thing=thing,
        things=things,
        quality=quality,
        article="an" if quality[0] in "aeiou" else "a",
        count=rng.choice(words.NUMBERS),
        day=rng.choice(words.DAYS),
        part=rng.choice(words.PARTS),
        weather=rng.choice(words.WEATHER),
        reason=rng.choice(words.REASONS),
        mood=rng.choice(words.MOODS),
    )


# A passage is one sentence of each kind, in this order; each kind carries facts that questions ask for.
_ARRIVING = (
    "on {day} {part}, {name} went to the {spot} in {town}.",
    "{name} came to {town} on {day} {part} and walked straight to the {spot}.",
    "it was {day} {part} when {name} reached the {spot} in {town}.",
    "the {spot} in {town} was quiet on {day} {part}, and {name} had it almost alone.",
    "{name} had promised to be at the {spot} in {town} on {day} {part}.",
    "nobody in {town} expected to see {name} at the {spot} that {day} {part}.",
    "one {day} {part} {name} stood in front of the {spot} in {town}.",
    "the bus brought {name} to the {spot} in {town} on {day} {part}.",
)
_WEATHER = (
    "{weather}.",
    "outside {weather}, but {name} felt {mood}.",
    "{weather}, and {name} was {mood}.",
    "{name} was {mood}, although {weather}.",
    "that {part} {weather}.",
    "{name} noticed that {weather}.",
    "because {weather}, {name} hurried inside.",
)
_BUYING = (
    "near the door {name} found {count} {quality} {things} and bought them.",
    "there were {count} {quality} {things} for sale, and {name} took them all.",
    "a man was selling {things}, so {name} chose {count} {quality} ones.",
    "{name} paid for {count} {quality} {things} and wrapped them up.",
    "after a while {name} bought {count} {quality} {things}.",
    "in a corner lay {count} {quality} {things}, and {name} bought the lot.",
    "{name} could not resist {count} {quality} {things} and bought them.",
    "{count} {quality} {things} caught the eye of {name}, who bought them.",
    "on a shelf stood {count} {quality} {things}, which {name} bought at once.",
)
_REASON = (
    "they were meant for {reason}.",
    "{name} needed them for {reason}.",
    "they would be just right for {reason}.",
    "all of them were for {reason}.",
    "somebody had asked for {things} for {reason}.",
    "{name} had been looking for {things} for {reason}.",
)
_HELPING = (
    "{friend} helped to carry them home.",
    "luckily {friend} came by and carried half of them.",
    "{friend} brought a cart and helped {name} with the load.",
    "it was {friend} who helped {name} to get them home.",
    "they were heavy, and {friend} gave {name} a hand.",
    "on the way home {friend} helped with the {things}.",
    "{name} asked {friend} for help with the {things}.",
    "without the help of {friend}, {name} would still be there.",
)

KINDS = (_ARRIVING, _WEATHER, _BUYING, _REASON, _HELPING)


def passage(scene: Scene, rng: Random) -> str:
    """Five sentences that tell the scene, each from a kind of its own."""
    return " ".join(scene.tell(rng.choice(kind)) for kind in KINDS)


def pastime(scene: Scene, rng: Random) -> str:
    """A clause without a subject, of the past: what somebody did with the rest of the day."""
    template = rng.choice(words.PASTIMES)
    other = draw_scene(rng)
    return template.format_map(asdict(other) | {"spot": scene.spot})
