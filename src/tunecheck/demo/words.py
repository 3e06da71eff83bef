"""The words that the demo's texts are made of: invented towns, everyday things, and what people do with them."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NAMES = _words(
    "Ada Agnes Albert Amina Anders Arthur Basil Beatrix Bruno Carla Cedric Clara Cosmo Daisy Dario Della Edgar Edith "
    "Elena Emil Esther Farid Felix Fiona Flora Frank Gita Greta Gustav Hamid Hannah Hector Helga Hugo Ida Igor Imogen "
    "Ines Ivan Jasper Joan Jonas Julia Karim Kira Lars Leila Leo Lotte Lucas Mabel Magnus Marta Maya Mila Milo Nadia "
    "Ned Nina Noor Olga Omar Oscar Otto Paula Petra Pilar Quentin Rahul Rosa Rufus Ruth Samir Selma Silas Sonja Stella "
    "Tamar Theo Tilda Ulla Uma Vera Victor Wanda Wilma Yusuf Zelda"
)

TOWNS = tuple(
    front + back
    for front in _words(
        "Alder Ash Barn Birch Black Brook Cold Dun Elm Fern Glen Hart Haze King Lark Lind Marsh Mill Moss North Oak "
        "Red Salt Stone Swan Thorn West Whit Wood Yew"
    )
    for back in _words("bourne bridge bury dale field ford ham ley minster mouth shaw stead ton well wick worth")
)

SPOTS = (
    *_words("library harbour bakery station boathouse museum orchard theatre chapel lighthouse windmill schoolhouse"),
    *_words("greenhouse workshop cinema"),
    *("ferry landing", "market hall", "post office", "town square", "old mill", "fire station", "tea room"),
    *("rose garden", "concert hall", "fish market"),
)

_THINGS = _words(
    "lantern kettle notebook basket umbrella clock teapot ladder chair blanket lamp violin jar key map bell candle "
    "puzzle kite bowl mirror bicycle hammer cushion saddle drum telescope bucket carpet suitcase pillow"
)
# Singular and plural.
THINGS = (
    *((singular, singular + "s") for singular in _THINGS),
    ("scarf", "scarves"),
    ("brush", "brushes"),
    ("compass", "compasses"),
    ("box", "boxes"),
)

QUALITIES = _words(
    "blue red green yellow white black grey brown purple small large old new heavy plain painted dusty shiny round "
    "narrow cheap elegant sturdy faded"
)

# What can be counted and ordered at a grocer's.
GROCERIES = (
    *_words("apples pears plums eggs lemons carrots onions tomatoes leeks potatoes turnips cherries mushrooms rolls"),
    *("jars of honey", "bags of flour", "tins of beans", "bottles of milk", "boxes of tea", "loaves of bread"),
    *("bars of soap", "sticks of butter", "packets of rice", "pots of jam"),
)

NUMBERS = _words("two three four five six seven eight nine ten eleven twelve")
DAYS = _words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
PARTS = ("morning", "afternoon", "evening")

# Each is a clause with a subject of its own.
WEATHER = (
    *("a cold wind blew from the sea", "the rain had just stopped", "thick fog lay over the fields"),
    *("the sun was out at last", "snow was falling in large flakes", "dark clouds hung over the roofs"),
    *("the air smelled of cut grass", "thunder rolled far away", "frost covered every window"),
    *("it was too warm for a coat", "the streets were still wet", "not a leaf was moving"),
    *("a light drizzle had set in", "the sky was a clear pale blue", "the wind had dropped"),
    *("hail was drumming on the roofs", "the puddles were frozen", "the sun stood low and red"),
    *("the heat made everyone slow", "a storm was on its way", "mist rose from the river"),
    *("the first warm day had come", "it was raining again", "the night had been bitterly cold"),
)

# Each follows "for".
REASONS = (
    *("a birthday party", "the spring fair", "the school play", "a long journey", "the new kitchen", "a wedding"),
    *("the village choir", "a cousin in hospital", "the winter bazaar", "an evening class", "the summer camp"),
    *("a friend who had moved", "the charity sale", "the harvest supper", "a quiet weekend", "the sailing club"),
)

MOODS = _words(
    "happy tired proud curious nervous calm hungry relieved puzzled cheerful restless grateful worried hopeful"
)

# Each follows a person's name and ends a sentence.
PASTIMES = (
    *("sang an old song with {friend}", "wrote a postcard to {friend}", "stopped for a cup of tea"),
    *("fed {count} ducks by the bridge", "read {count} pages of a novel", "missed the last bus and walked"),
    *("lost {article} {quality} glove", "talked with {friend} until dark", "drew a picture of the {spot}"),
    *("counted {count} boats on the water", "fell asleep in a deck chair", "bought a slice of plum cake"),
    *("mended the garden gate", "learned a card game from {friend}", "watched {count} trains go by"),
    *("baked bread for {friend}", "took a photograph of {article} {quality} {thing}", "told {friend} a long joke"),
    *("cleaned {article} {quality} {thing}", "lent {friend} the {thing}", "won {count} pounds in a raffle"),
    *("planted {count} tulips", "carried the {thing} up the hill", "met {friend} at the {spot}"),
    *("forgot the {thing} at the {spot}", "looked for {friend} everywhere", "repaired {count} {things}"),
    *(
        "painted the {thing} {quality}",
        "waited {count} minutes for {friend}",
        "hid {article} {quality} {thing} in the attic",
    ),
)

# Each follows "it" or "the blue kettle".
# By the desk of the shop that looks into it.
DESKS = {
    "repairs": (
        *("arrived broken", "stopped working after a week", "has a deep scratch", "is missing a screw"),
        "makes a strange noise",
    ),
    "delivery": ("never arrived", "was sent to an old address", "came in a torn parcel"),
    "exchange": ("is the wrong colour", "is far too small", "came without its lid", "does not match the picture"),
}
PROBLEMS = tuple(problem for problems in DESKS.values() for problem in problems)

REMEDIES = (
    *("A new one should reach you by {day}.", "We will send you another on {day} {part}."),
    *("Your money will be back by {day}.", "Our driver will collect it on {day} {part}."),
    *("Please keep it; a better one is coming from {town}.", "{friend} from the workshop will mend it for you."),
    *("You may choose another {thing} at our shop in {town}.", "We have asked {friend} to look into it today."),
    *("{friend} will bring you {article} {quality} one on {day}.", "Please take it to the {spot} in {town}."),
    *("Our people in {town} will find out what happened.", "Could you send {friend} a photograph of it?"),
)

GESTURES = (
    *("I have added {count} candles as a small gift.", "The next delivery will cost you nothing."),
    *("Please accept a voucher for {count} pounds.", "I have put {count} biscuits in the parcel."),
    *("You will find {article} {quality} notebook in the box as well.", "We hope to see you in {town} soon."),
    *("I will ring you on {day} to hear if all is well.", "Your next order comes at half price until {day}."),
    *("There will be {article} {quality} {thing} in the parcel too.", "{friend} sends you {count} jars of honey."),
    *("You can reach me on {day} {part}.", "For your trouble you get {count} pounds back."),
)

TEAMS = ("Customer Care", "Harbour Street Shop", "Parcels and Post", "The Workshop", "Returns Desk", "Front Office")

VENTURES = (
    *("café", "bookshop", "rowing boat", "walking club", "village choir", "newsletter", "toy shop", "puppet theatre"),
    *("chess club", "flower stall", "guest house", "bicycle shop", "bakery", "radio show", "pottery class", "ferry"),
)
TONES = _words("friendly old-fashioned modern funny serious cosy bold gentle elegant playful mysterious simple")
EMBLEMS = _words(
    "Lantern Heron Anchor Acorn Teapot Swallow Compass Thistle Otter Kettle Rooster Feather Pebble Candle Walnut "
    "Badger Harvest Willow Magpie Button"
)
HUES = _words("Copper Silver Crooked Merry Silent Golden Little Wandering Scarlet Humble Lucky Velvet Amber Salty")
