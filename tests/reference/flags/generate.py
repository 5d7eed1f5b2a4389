"""A second implementation of buckets and assignment, and the vectors that it gives.

`python3 generate.py` writes buckets.csv and assignments.csv beside itself; tests/unit/flag compares the
program's own with them. Whoever assigns subjects in another language can start from these forty lines.
"""

import csv
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
MASK = (1 << 64) - 1


def hash_64(data):
    """FNV-1a, then SplitMix64's step and mix."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & MASK
    value = (value + 0x9E3779B97F4A7C15) & MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def steps(salt, subject):
    """The bucket in units of 2^-53."""
    return hash_64(salt.encode() + b"\0" + subject.encode()) >> 11


def bucket(salt, subject):
    return steps(salt, subject) / 2**53


def assign(feature, experiments, holdout, request):
    """{experiment: (arm or None, why)}; `request` has "subject" and groups of segments."""
    subject = request.get("subject", "")
    result = {}
    for experiment in experiments:
        layer = experiment.get("layer")
        mates = [e for e in experiments if e is experiment or (layer and e.get("layer") == layer)]
        unit = request.get(experiment.get("sticky", "subject"), "")
        lead = request.get(mates[0].get("sticky", "subject"), "")
        salt = f"layer/{feature}/{layer}" if layer else f"experiment/{feature}/{experiment['name']}"
        begin = sum((e["share"] for e in mates[: mates.index(experiment)]), 0.0)
        if not unit or (holdout > 0 and not subject):
            part = None, "no subject"
        elif subject and bucket(f"holdout/{feature}", subject) < holdout:
            part = None, "held out"
        elif not lead:
            part = None, "no subject"
        elif not begin <= (at := bucket(salt, lead)) < begin + experiment["share"]:
            part = None, ("another experiment of the layer" if at < sum(e["share"] for e in mates)
                          else "outside of the share")  # fmt: skip
        elif not experiment.get("when", lambda request: True)(request):
            part = None, "condition"
        else:
            at, end, arm = bucket(f"arm/{feature}/{experiment['name']}", unit), 0.0, None
            for name, share in experiment["arms"][:-1]:
                end += share
                if at < end:
                    arm = name
                    break
            part = arm or experiment["arms"][-1][0], "assigned"
        result[experiment["name"]] = part
    return result


FEATURE = "support-answers"
HOLDOUT = 0.1
EXPERIMENTS = [
    {"name": "tone", "layer": "prompt", "share": 0.4, "arms": [("plain", 0.5), ("warm", 0.3), ("brief", 0.2)]},
    {"name": "solo", "share": 0.5, "arms": [("off", 0.5), ("on", 0.5)],
     "when": lambda request: request.get("language") == "en"},
    {"name": "length", "layer": "prompt", "share": 0.5, "arms": [("short", 1 / 3), ("middle", 1 / 3), ("long", 1 / 3)]},
    {"name": "model", "sticky": "tenant", "share": 1.0, "arms": [("small", 0.9), ("large", 0.1)]},
]  # fmt: skip

SUBJECTS = ["", "a", "b", "user-1", "user-2", "user-10", "0", "00", "ä", "नमस्ते", "x" * 300, "a b", "A"]
SALTS = ["", "s", "share/support-answers", "holdout/support-answers", "layer/support-answers/prompt",
         "arm/support-answers/tone", "share/Übersetzung"]  # fmt: skip


def main():
    with open(HERE / "buckets.csv", "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["salt", "subject", "steps"])
        rows.writerows([salt, subject, steps(salt, subject)] for salt in SALTS for subject in SUBJECTS)
    with open(HERE / "assignments.csv", "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        names = [experiment["name"] for experiment in EXPERIMENTS]
        rows.writerow(["subject", "language", "tenant", "share"] + [f"{name}_{what}" for name in names for what in ("arm", "why")])
        for i in range(400):
            request = {"subject": "" if i % 40 == 39 else f"user-{i}", "language": ["en", "es", ""][i % 3],
                       "tenant": "" if i % 7 == 6 else f"tenant-{i % 23}"}  # fmt: skip
            share = bucket(f"share/{FEATURE}", request["subject"]) < 0.25 if request["subject"] else False
            parts = assign(FEATURE, EXPERIMENTS, HOLDOUT, request)
            rows.writerow([request["subject"], request["language"], request["tenant"], "in" if share else "out"]
                          + [text or "" for name in names for text in parts[name]])  # fmt: skip


if __name__ == "__main__":
    main()
