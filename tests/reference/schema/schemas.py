"""Random schemas with random values, and what python-jsonschema says of them, in the form of the official
test suite: schemas.py OUT. Needs jsonschema (4.23 or later). Seeded.
"""

import json
import random
import sys

from jsonschema import Draft202012Validator

SEED = 20240601
GROUPS = 150
VALUES = 8
KEYS = list("abcd")
TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"]
SCALARS = [None, True, False, 0, 1, 2, 3, -1, 1.0, 1.5, 0.1, 0.3, "", "a", "ab", "abc", "\u00e91", "1", 10, 100]

rng = random.Random(SEED)


def maybe(chance):
    return rng.random() < chance


def value(depth=3):
    kind = rng.random()
    if depth == 0 or kind < 0.5:
        return rng.choice(SCALARS)
    if kind < 0.75:
        return [value(depth - 1) for _ in range(rng.randrange(5))]
    return {key: value(depth - 1) for key in rng.sample(KEYS, rng.randrange(5))}


# Keyword, chance, and what it is given; `below` makes a schema one level down.
ASSERTIONS = [
    ("type", 0.3, lambda: rng.choice(TYPES) if maybe(0.7) else rng.sample(TYPES, 2)),
    ("enum", 0.06, lambda: [value(1) for _ in range(rng.randrange(1, 12))]),
    ("const", 0.04, lambda: value(1)),
    ("minimum", 0.08, lambda: rng.choice([0, 1, 1.5])),
    ("maximum", 0.06, lambda: rng.choice([0, 1, 2.5, 10])),
    ("exclusiveMinimum", 0.05, lambda: rng.choice([0, 1])),
    ("exclusiveMaximum", 0.05, lambda: rng.choice([1, 2, 1.5])),
    ("multipleOf", 0.06, lambda: rng.choice([1, 2, 0.5, 1.5])),
    ("minLength", 0.06, lambda: rng.randrange(3)),
    ("maxLength", 0.06, lambda: rng.randrange(4)),
    ("pattern", 0.06, lambda: rng.choice(["^a", "b$", "[0-9]", "^$"])),
    ("minItems", 0.06, lambda: rng.randrange(3)),
    ("maxItems", 0.06, lambda: rng.randrange(4)),
    ("uniqueItems", 0.1, lambda: maybe(0.8)),
    ("required", 0.15, lambda: rng.sample(KEYS, rng.randrange(1, 3))),
    ("minProperties", 0.05, lambda: rng.randrange(3)),
    ("maxProperties", 0.05, lambda: rng.randrange(4)),
    ("dependentRequired", 0.06, lambda: {rng.choice(KEYS): rng.sample(KEYS, 1)}),
]
APPLICATORS = [
    ("prefixItems", 0.15, lambda below: [below() for _ in range(rng.randrange(1, 3))]),
    ("items", 0.15, lambda below: below()),
    ("contains", 0.12, lambda below: below()),
    ("minContains", 0.08, lambda below: rng.randrange(3)),
    ("maxContains", 0.08, lambda below: rng.randrange(3)),
    ("properties", 0.3, lambda below: {key: below() for key in rng.sample(KEYS, rng.randrange(1, 4))}),
    ("patternProperties", 0.12, lambda below: {rng.choice(["^a", "[bc]", "d"]): below()}),
    ("additionalProperties", 0.15, lambda below: below()),
    ("propertyNames", 0.08, lambda below: below()),
    ("dependentSchemas", 0.06, lambda below: {rng.choice(KEYS): below()}),
    ("allOf", 0.12, lambda below: [below() for _ in range(rng.randrange(1, 3))]),
    ("anyOf", 0.12, lambda below: [below() for _ in range(rng.randrange(1, 4))]),
    ("oneOf", 0.12, lambda below: [below() for _ in range(rng.randrange(1, 4))]),
    ("not", 0.06, lambda below: below()),
    ("if", 0.1, lambda below: below()),
    ("then", 0.08, lambda below: below()),
    ("else", 0.08, lambda below: below()),
    ("unevaluatedProperties", 0.12, lambda below: below()),
    ("unevaluatedItems", 0.12, lambda below: below()),
    ("$ref", 0.15, lambda below: "#/$defs/" + rng.choice("xyz")),
]


def schema(depth, refers=True):
    if depth < 3 and maybe(0.12):
        return maybe(0.7)
    made = {name: make() for name, chance, make in ASSERTIONS if maybe(chance)}
    if depth == 0:
        return made
    for name, chance, make in APPLICATORS:
        if maybe(chance) and (refers or name != "$ref"):
            made[name] = make(lambda: schema(depth - 1, refers))
    return made


def group(number):
    made = schema(3)
    # What is referred to refers no further, so that nothing goes round.
    made["$defs"] = {name: schema(1, refers=False) for name in "xyz"}
    validator = Draft202012Validator(made)
    values = [value() for _ in range(VALUES)]
    tests = [{"description": str(i), "data": v, "valid": validator.is_valid(v)} for i, v in enumerate(values)]
    return {"description": f"random {number}", "schema": made, "tests": tests}


def main(out):
    groups = [json.dumps(group(number)) for number in range(GROUPS)]
    with open(out, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(groups) + "\n]\n")


main(*sys.argv[1:])
