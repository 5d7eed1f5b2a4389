"""`plimsoll route fit`: the split, the calibration, the tests and the figures against the definitions, written out here."""

import json
import math
import random
import shutil

import pytest

MASK = (1 << 64) - 1

LINE = """plimsoll: 1
feature: answers
models:
  small: {{endpoint: "http://127.0.0.1:9/v1", model: a}}
  large: {{endpoint: "http://127.0.0.1:9/v1", model: b}}
route:
  tiers: [{{model: small, deliver_at: 0.9}}, {{model: large, deliver_at: {floor}}}]
  confidence: {{from: logprobs, signal: margin}}
{more}
"""
RULES = """  rules:
    - {when: "plan = 'free' and length < 300", tier: small}
    - {when: "region = 'north'", tier: small}
"""


# ---- the split, as src/base/str.c and src/base/rng.c describe it ----


def mix(x):
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & MASK
    return x ^ (x >> 31)


def hash_of(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & MASK
    value ^= value >> 33
    value = value * 0xFF51AFD7ED558CCD & MASK
    return value ^ (value >> 33)


def rotate(x, bits):
    return (x << bits | x >> (64 - bits)) & MASK


def draw(seed, stream):
    """The first uniform number of xoshiro256** seeded through SplitMix64, and the integer after it."""
    state = [mix((seed ^ mix(stream)) + i * 0x9E3779B97F4A7C15 & MASK) for i in range(1, 5)]
    first = rotate(state[1] * 5 & MASK, 7) * 9 & MASK
    return ((first >> 12 << 1) | 1) * 2.0**-53, rotate((state[0] ^ state[1] ^ state[2]) * 5 & MASK, 7) * 9 & MASK


def split(names, seed=1, calibration=0.4, held_out=0.2):
    """Rows of each part in the order in which they are tested."""
    parts = {"calibration": [], "selection": [], "held_out": []}
    for row, name in enumerate(names):
        drawn, key = draw(seed, hash_of(name))
        part = "calibration" if drawn < calibration else "held_out" if drawn < calibration + held_out else "selection"
        parts[part].append((key, row))
    return {part: [row for _, row in sorted(keys)] for part, keys in parts.items()}


# ---- the definitions ----


def isotonic(points):
    """Value at each distinct x: the largest over a of the smallest over b of the mean from a to b."""
    xs = sorted({x for x, _ in points})
    sums = [sum(y for x, y in points if x == one) for one in xs]
    counts = [sum(x == one for x, _ in points) for one in xs]
    total, size = [0.0], [0]
    for s, c in zip(sums, counts):
        total.append(total[-1] + s)
        size.append(size[-1] + c)
    n = len(xs)
    least = [[0.0] * n for _ in range(n)]  # least[a][i]: over b >= i
    for a in range(n):
        best = math.inf
        for b in range(n - 1, a - 1, -1):
            best = min(best, (total[b + 1] - total[a]) / (size[b + 1] - size[a]))
            least[a][b] = best
    return xs, [max(least[a][i] for a in range(i + 1)) for i in range(n)]


def value_at(xs, values, x):
    below = [v for at, v in zip(xs, values) if at <= x]
    return below[-1] if below else values[0]


def binomial_at_most(k, n, p):
    return math.fsum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1))


def wager_p(losses, bound, delta):
    """From the definition in src/stats/risk_control.c, sums anew at each bet."""
    capital = best = 1.0
    means = [0.0]
    for i, loss in enumerate(losses):
        variance = (0.25 + math.fsum((x - m) ** 2 for x, m in zip(losses, means[1:]))) / (i + 1)
        bet = min(math.sqrt(2 * math.log(1 / delta) / (len(losses) * variance)), 0.75 / (1 - bound))
        capital *= 1 + bet * (bound - loss)
        best = max(best, capital)
        means.append(math.fsum(losses[: i + 1]) / (i + 2))
    return 1 / best


def brier(pairs):
    return math.fsum((p - y) ** 2 for p, y in pairs) / len(pairs)


def calibration_error(pairs, bins=10):
    """Bins of equal mass; a tie belongs to the bin of the middle of its mass."""
    sums = [0.0] * bins
    below = 0
    for probability in sorted({p for p, _ in pairs}):
        tie = [y for p, y in pairs if p == probability]
        sums[min(bins - 1, int(bins * (below + len(tie) / 2) / len(pairs)))] += sum(tie) - probability * len(tie)
        below += len(tie)
    return sum(abs(s) for s in sums) / len(pairs)


# ---- data ----


def requests(count, seed=3, scores=False):
    rng = random.Random(seed)
    for i in range(count):
        signal = round(rng.random(), 2)
        right = rng.random() < 0.35 + 0.65 * signal
        strong = rng.random() < (0.99 if right else 0.93)
        yield {
            "id": f"r{i:04}",
            "signal": signal,
            "small": int(right) if not scores else round(0.2 + 0.7 * right, 2),
            "large": int(strong) if not scores else round(0.2 + 0.79 * strong, 2),
            "plan": rng.choice(["free", "paid"]),
            "length": int(1000 * rng.random() * (1.3 - signal)),
        }


def rows_of(data):
    for one in data:
        shared = {"id": one["id"], "plan": one["plan"], "length": one["length"]}
        shared |= {"topic": one["topic"]} if "topic" in one else {}
        yield shared | {"model": "small", "signal": one["signal"], "right": one["small"], "cost": one.get("cost", 1.0)}
        yield shared | {"model": "large", "signal": one.get("sure"), "right": one["large"], "cost": 10.0}


@pytest.fixture
def place(run, schema):
    """Writes a line and decisions; fits them."""

    def fit(*options, data=None, rows=None, more="", floor=0, code=0):
        (run.folder / "plimsoll.yaml").write_text(LINE.format(more=more, floor=floor))
        rows = list(rows_of(data if data is not None else requests(1200))) if rows is None else rows
        (run.folder / "d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        result = run.json("route", "fit", "plimsoll.yaml", "d.jsonl", "--json", *options, code=code)
        schema("route-fit.schema.json", result)
        return result

    fit.run = run
    return fit


def policy_on(data, rows, confidences, threshold):
    """Delivered by small, cost and quality of a threshold for two tiers, where None asks large alone."""
    cost = quality = small = 0.0
    for row in rows:
        one = data[row]
        if threshold is not None:
            cost += 1.0
            if confidences[row] is not None and confidences[row] >= threshold:
                quality += one["small"]
                small += 1
                continue
        cost += 10.0
        quality += one["large"]
    return small, cost / len(rows), quality / len(rows)


def fitted(data, parts):
    xs, values = isotonic([(data[row]["signal"], data[row]["small"]) for row in parts["calibration"]])
    return xs, values, [value_at(xs, values, one["signal"]) for one in data]


@pytest.mark.parametrize("procedure", ["sequence", "bonferroni"])
@pytest.mark.parametrize("level, seed", [(0.9, 1), (0.85, 7), (0.93, 12)])
def test_the_choice_is_that_of_the_definitions(place, procedure, level, seed):
    data = list(requests(1200, seed=seed))
    result = place("--quality", level, "--procedure", procedure, "--seed", seed, data=data)
    parts = split([one["id"] for one in data], seed)
    assert {name: result["data"][name] for name in parts} == {name: len(rows) for name, rows in parts.items()}

    _, values, confidences = fitted(data, parts)
    steps = sorted(set(values), reverse=True)
    tried = [None, *(value for value in steps if value > 0)]  # at 0 nobody would ask for a confidence
    assert result["guarantee"]["settings"] == len(tried)
    delta = 0.05 if procedure == "sequence" else 0.05 / len(tried)
    kept = []
    for threshold in tried:
        _, cost, quality = policy_on(data, parts["selection"], confidences, threshold)
        n = len(parts["selection"])
        p = binomial_at_most(round(n * (1 - quality)), n, 1 - level)
        if p <= delta:
            kept.append((cost, threshold, p, 1 - quality))
        elif procedure == "sequence":
            break
    assert result["guarantee"]["settings_kept"] == len(kept) > 0
    _, threshold, p, risk = min(kept, key=lambda one: one[0])
    chosen = result["chosen"]
    assert chosen["p_value"] == pytest.approx(p, rel=1e-9)
    assert chosen["risk"] == pytest.approx(risk, abs=1e-12)
    small, cost, quality = policy_on(data, parts["held_out"], confidences, threshold)
    assert chosen["delivered"] == {"small": small, "large": len(parts["held_out"]) - small}
    assert chosen["cost"]["value"] == pytest.approx(cost, rel=1e-12)
    assert chosen["quality"]["value"] == pytest.approx(quality, rel=1e-12)
    # The threshold as it is written lets the same requests pass.
    assert policy_on(data, range(len(data)), confidences, chosen["deliver_at"]["small"]) == policy_on(
        data, range(len(data)), confidences, threshold
    )


def test_the_map_is_the_isotonic_one_and_its_errors_are_those_of_the_definitions(place):
    data = list(requests(1200))
    tier = place("--quality", "90%", data=data)["tiers"][0]
    parts = split([one["id"] for one in data])
    xs, values, confidences = fitted(data, parts)
    assert tier["fitted_on"] == len(parts["calibration"])
    steps = tier["steps"]
    for x in [-1.0, *xs, 2.0]:
        at = value_at(steps["signals"], steps["values"], x)
        assert at == pytest.approx(value_at(xs, values, x), abs=1e-12)
    others = parts["selection"] + parts["held_out"]
    raw = [(data[row]["signal"], data[row]["small"]) for row in others]
    calibrated = [(confidences[row], data[row]["small"]) for row in others]
    assert tier["brier"]["before"]["value"] == pytest.approx(brier(raw), rel=1e-12)
    assert tier["brier"]["after"]["value"] == pytest.approx(brier(calibrated), rel=1e-12)
    assert tier["ece"]["before"]["value"] == pytest.approx(calibration_error(raw), rel=1e-9)
    assert tier["ece"]["after"]["value"] == pytest.approx(calibration_error(calibrated), rel=1e-9)
    assert tier["brier"]["after"]["value"] < tier["brier"]["before"]["value"]


def test_conformal_risk_control_is_that_of_the_definition(place):
    data = list(requests(1200, seed=5))
    result = place("--quality", "90%", data=data)
    parts = split([one["id"] for one in data])
    _, values, confidences = fitted(data, parts)
    worst = dict.fromkeys(parts["selection"], 0.0)
    last = None
    for threshold in [None, *(value for value in sorted(set(values), reverse=True) if value > 0)]:
        for row in worst:
            is_small = threshold is not None and confidences[row] >= threshold
            worst[row] = max(worst[row], 1 - data[row]["small" if is_small else "large"])
        if (sum(worst.values()) + 1) / (len(worst) + 1) > 0.1:
            break
        last = policy_on(data, parts["held_out"], confidences, threshold)
    assert result["conformal"]["delivered"]["small"] == last[0]
    assert result["conformal"]["cost"]["value"] == pytest.approx(last[1], rel=1e-12)
    taken = place("--quality", "90%", "--procedure", "conformal", data=data)
    assert taken["chosen"] == taken["conformal"] == result["conformal"]
    assert taken["notes"][0].startswith("In expectation, and with no confidence, at least 90.0 % of answers are right.")
    assert not any("Conformal risk control" in note for note in taken["notes"])
    for baseline in taken["baselines"][:2]:
        losses = sum(1 - data[row][baseline["model"]] for row in parts["selection"])
        assert baseline["keeps"] == ((losses + 1) / (len(worst) + 1) <= 0.1)


def test_tiers_rules_and_mixtures_stand_beside_the_choice(place):
    data = list(requests(1500))
    result = place("--quality", "90%", data=data, more=RULES)
    parts = split([one["id"] for one in data])
    chosen = result["chosen"]
    shown = [data[row] for row in parts["held_out"]]
    tested = [data[row] for row in parts["selection"]]
    baselines = {(one["kind"], one["model"]): one for one in result["baselines"]}
    assert set(baselines) == {("tier", "small"), ("tier", "large"), ("rule", "small"), ("mixture", "small")}

    def rule(one):
        return one["plan"] == "free" and one["length"] < 300

    ways = {
        ("tier", "small"): lambda one: (1.0, one["small"]),
        ("tier", "large"): lambda one: (10.0, one["large"]),
        ("rule", "small"): lambda one: (1.0, one["small"]) if rule(one) else (10.0, one["large"]),
    }
    for key, way in ways.items():
        costs, qualities = zip(*map(way, shown))
        assert baselines[key]["cost"]["value"] == pytest.approx(sum(costs) / len(shown), rel=1e-12)
        assert baselines[key]["quality"]["value"] == pytest.approx(sum(qualities) / len(shown), rel=1e-12)
        losses = sum(1 - way(one)[1] for one in tested)
        p = binomial_at_most(losses, len(tested), 0.1)
        assert baselines[key]["p_value"] == pytest.approx(p, rel=1e-9)
        assert baselines[key]["keeps"] == (p <= 0.05 / 3)
        more = chosen["cost"]["value"] - baselines[key]["cost"]["value"]
        assert baselines[key]["cost_more"]["value"] == pytest.approx(more, rel=1e-9)
    small, large = baselines["tier", "small"], baselines["tier", "large"]
    share = (chosen["quality"]["value"] - small["quality"]["value"]) / (large["quality"]["value"] - small["quality"]["value"])
    mixture = baselines["mixture", "small"]
    assert mixture["share_of_other"] == pytest.approx(share, rel=1e-9)
    assert mixture["cost"] == pytest.approx(1 + 9 * share, rel=1e-9)
    assert mixture["quality"] == pytest.approx(chosen["quality"]["value"], rel=1e-12)
    assert any("1 rule of the line speaks of columns" in note for note in result["notes"])


def test_an_answer_without_a_signal_is_never_delivered_by_its_tier(place):
    """However low the threshold: the signals are missing where the small model is always right."""
    data = list(requests(1200, seed=4))
    for i, one in enumerate(data):
        if i % 3 == 0:
            one |= {"signal": [None, "NaN", "Infinity"][i // 3 % 3], "small": 1}
    result = place("--quality", "50%", "--held-out", "0", data=data)
    assert 0 < result["chosen"]["deliver_at"]["small"] <= result["tiers"][0]["steps"]["values"][0]
    parts = split([one["id"] for one in data], held_out=0.0)
    unknown = sum(row % 3 == 0 for row in parts["selection"])
    assert result["chosen"]["delivered"] == {"small": len(parts["selection"]) - unknown, "large": unknown}
    assert result["tiers"][0]["missing"] == 400


def test_requests_without_a_label_are_left_out_and_counted(place):
    data = list(requests(1200))
    for one in data[::4]:
        one["large"] = None
    result = place("--quality", "80%", data=data)
    assert result["data"]["left_out"] == 300
    assert result["data"]["used"] == 900
    assert any(note.startswith("300 requests lack a label or a cost") for note in result["notes"])


def test_groups_stay_together_and_are_what_is_independent(place):
    data = list(requests(400))
    # Every request four times: the same evidence, and not four times as much.
    four = [dict(one, id=f"{one['id']}-{i}", topic=one["id"]) for one in data for i in range(4)]
    grouped = place("--quality", "85%", "--column", "group=topic", data=four)
    parts = split([one["topic"] for one in four])
    assert grouped["data"]["selection_groups"] * 4 == grouped["data"]["selection"] == len(parts["selection"])
    assert grouped["data"]["group_size_max"] == 4
    assert grouped["guarantee"]["test"] == "wager"
    alone = place("--quality", "85%", data=data)
    width = {key: one["chosen"]["cost"]["high"] - one["chosen"]["cost"]["low"] for key, one in
             (("grouped", place("--quality", "85%", "--column", "group=topic", "--held-out", "30%", data=four)),
              ("blind", place("--quality", "85%", "--held-out", "30%", data=four)))}  # fmt: skip
    assert width["grouped"] > 1.6 * width["blind"]
    # A bound that 400 requests cannot show is not shown by their copies, unless nobody says that they are.
    assert place("--quality", "95%", data=data, code=1)["chosen"] is None
    assert place("--quality", "95%", "--column", "group=topic", data=four, code=1)["chosen"] is None
    assert alone["guarantee"]["test"] == "binomial"


def test_the_bet_on_groups_is_that_of_the_definition(place):
    """What a group of n has lost less what it may lose, by the size of the largest, on top of the bound."""
    rng = random.Random(6)
    data = list(requests(1500))
    topic = 0
    for one in data:
        topic += rng.random() < 0.4
        one["topic"] = f"t{topic}"
    result = place("--quality", "85%", "--column", "group=topic", data=data)
    names = [one["topic"] for one in data]
    largest = max(map(names.count, names))
    assert result["data"]["group_size_max"] == largest > 5
    rows = split(names)["selection"]
    groups = {}
    for row in rows:
        groups.setdefault(names[row], []).append(1 - data[row]["large"])
    losses = [0.15 + (sum(group) - 0.15 * len(group)) / largest for group in groups.values()]
    large = result["baselines"][1]
    assert large["model"] == "large"
    assert large["p_value"] == pytest.approx(wager_p(losses, 0.15, 0.05), rel=1e-9)


def test_groups_of_one_are_requests(place):
    """The same split; wagers in place of the exact test."""
    data = list(requests(1200))
    alone = place("--quality", "85%", data=data)
    grouped = place("--quality", "85%", "--column", "group=id", data=data)
    assert grouped["data"]["selection_groups"] == alone["data"]["selection"] == grouped["data"]["selection"]
    assert grouped["tiers"][0]["steps"] == alone["tiers"][0]["steps"]
    assert grouped["baselines"][1]["quality"]["value"] == alone["baselines"][1]["quality"]["value"]
    assert grouped["baselines"][1]["cost"] == alone["baselines"][1]["cost"] | {"n": grouped["data"]["held_out"]}


def test_a_loss_is_tested_by_pairs(place):
    data = list(requests(3000))
    result = place("--loss", "5%", data=data)
    chosen, large = result["chosen"], result["baselines"][1]
    assert result["guarantee"]["test"] == "wager"
    pairs = [data[row]["large"] - data[row]["small"] for row in split([one["id"] for one in data])["selection"]]
    small = result["baselines"][0]
    assert small["risk"] == pytest.approx(sum(pairs) / len(pairs), abs=1e-12)
    assert small["p_value"] == pytest.approx(wager_p(pairs, 0.05, 0.05), rel=1e-9)
    assert chosen["risk"] <= 0.05
    assert chosen["cost"]["value"] < large["cost"]["value"]
    # As a bound on the quality the same is out of reach of these data.
    assert large["risk"] == pytest.approx(0, abs=1e-12)


def test_scores_between_0_and_1_are_tested_as_such(place):
    result = place("--quality", "80%", data=list(requests(2500, scores=True)))
    assert result["guarantee"]["test"] == "hoeffding_bentkus"
    assert result["chosen"]["risk"] < 0.2


def test_below_the_floor_the_fallback_answers(place):
    data = list(requests(1500))
    for i, one in enumerate(data):
        one["sure"] = (i % 50) / 50
        one["large"] = int(i % 50 >= 5)
    options = ["--quality", "70%", "--held-out", "0"]
    fallback = "  fallback: {reply: later}"
    result = place(*options, data=data, more=fallback, floor=0.5)
    assert result["chosen"]["deliver_at"]["large"] == 0.5
    assert result["chosen"]["fallback"] > 0
    worth = place(*options, "--fallback-worth", "1", data=data, more=fallback, floor=0.5)
    assert worth["chosen"]["quality"]["value"] > result["chosen"]["quality"]["value"]
    assert place(*options, data=data, floor=0.5)["chosen"]["fallback"] == 0  # there is none: the answer goes out
    error = fails(place, *options, more=fallback, floor=0.5)
    assert "the decisions have no signal of it" in error and "plimsoll.yaml:7" in error


def test_the_order_of_rows_does_not_matter_and_the_seed_does(place):
    rows = list(rows_of(requests(900)))
    first = place("--quality", "85%", rows=rows)
    random.Random(1).shuffle(rows)
    again = place("--quality", "85%", rows=rows)
    for one in (first, again):
        del one["data"]["hash"]
    assert first == again
    other = place("--quality", "85%", "--seed", "2", rows=rows)
    assert other["data"]["calibration"] != first["data"]["calibration"]


def test_three_tiers_are_tried_in_every_combination(place):
    rng = random.Random(8)
    rows = []
    for i in range(1500):
        first, second = rng.random(), rng.random()
        small, medium = rng.random() < 0.3 + 0.7 * first, rng.random() < 0.5 + 0.5 * second
        labels = {"small": (first, small, 1), "medium": (second, medium, 4), "large": (None, rng.random() < 0.97, 20)}
        rows += [{"id": i, "model": m, "signal": s, "right": r, "cost": c} for m, (s, r, c) in labels.items()]
    place.run.folder.joinpath("three.yaml").write_text(
        LINE.format(more="", floor=0)
        .replace("  large:", '  medium: {endpoint: "http://127.0.0.1:9/v1", model: c}\n  large:')
        .replace("0.9}, ", "0.9}, {model: medium, deliver_at: 0.9}, ")
    )
    place.run.folder.joinpath("d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = place.run.json("route", "fit", "three.yaml", "d.jsonl", "--quality", "85%", "--json")
    chosen = result["chosen"]
    assert chosen["p_value"] <= 0.05
    parts = split([str(i) for i in range(1500)])
    maps = {tier["model"]: tier["steps"] for tier in result["tiers"] if "steps" in tier}
    cost = quality = 0.0
    for i in parts["held_out"]:
        for row in rows[3 * i : 3 * i + 3]:
            at = chosen["deliver_at"][row["model"]]
            if at is None:
                continue
            cost += row["cost"]
            steps = maps.get(row["model"])
            if steps is None or value_at(steps["signals"], steps["values"], row["signal"]) >= at:
                quality += row["right"]
                break
    assert chosen["cost"]["value"] == pytest.approx(cost / len(parts["held_out"]), rel=1e-12)
    assert chosen["quality"]["value"] == pytest.approx(quality / len(parts["held_out"]), rel=1e-12)
    assert chosen["cost"]["value"] < 20


def test_the_line_says_the_bound_when_the_command_does_not(place):
    limit = "limits: [{metric: accuracy, min: 0.87}]\ndata: {decisions: x.csv, columns: {label: y, prediction: p}}"
    assert place(more=limit)["guarantee"]["level"] == 0.87
    assert place("--quality", "80%", more=limit)["guarantee"]["level"] == 0.8
    assert "limit `{metric: accuracy, min: 0.90}`" in fails(place)


def test_the_file_is_the_json_and_replaces_the_old_one(place):
    file = place.run.folder / "fits" / "small.fit.json"
    file.parent.mkdir()
    file.write_text("old")
    shown = place("--quality", "90%", "-o", "fits/small.fit.json")
    assert json.loads(file.read_text()) == shown
    assert [path.name for path in file.parent.iterdir()] == ["small.fit.json"]


def test_nothing_is_written_where_nothing_is_shown_or_something_fails(place):
    file = place.run.folder / "fit.json"
    result = place("--quality", "99.9%", "-o", "fit.json", data=list(requests(12000)), code=1)
    assert result["chosen"] is None
    assert result["tiers"][0]["deliver_at"] is None
    assert not file.exists()
    file.write_text("old")
    fails(place, "--quality", "90%", "-o", "fit.json", "--column", "cost=plan")
    assert file.read_text() == "old"


def fails(place, *options, **words):
    """The error of a fit, which prints nothing else."""
    shutil.rmtree(place.run.folder / "gone", ignore_errors=True)
    (place.run.folder / "plimsoll.yaml").write_text(LINE.format(more=words.get("more", ""), floor=words.get("floor", 0)))
    rows = words.get("rows", list(rows_of(requests(words.get("count", 600)))))
    (place.run.folder / "d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return place.run.fails("route", "fit", "plimsoll.yaml", words.get("file", "d.jsonl"), *options)


@pytest.mark.parametrize(
    "options, words",
    [
        (["--quality", "2"], "`--quality 2`: must be a share above 0 and below 1"),
        (["--quality", "0"], "`--quality 0`: must be a share above 0 and below 1"),
        (["--quality", "90%", "--loss", "1%"], "a fit keeps one of them"),
        (["--quality", "90%", "--calibration", "90%"], "leave no request to choose by"),
        (["--quality", "90%", "--held-out", "-1"], "`--held-out -1`: must be a share of at least 0"),
        (["--quality", "90%", "--column", "right=rihgt"], "has no column `rihgt` (did you mean `right`?)"),
        (["--quality", "90%", "--column", "wrong=right"], "write NAME=COLUMN"),
        (["--quality", "90%", "--column", "model=plan"], "never is the name of a model of `route.tiers`"),
        (["--quality", "90%", "--column", "id=plan"], "there is more than one row"),
        (["--quality", "90%", "--column", "cost=plan"], "cannot be read as decisions of tiers"),
        (["--quality", "90%", "--column", "right=length"], "must be 0 or 1, or a score between"),
        (["--quality", "90%", "-o", "gone/fit.json"], "gone/fit.json"),
        (["--quality", "99.99%"], "even if no answer is wrong"),
        (["--quality", "99.9%", "--procedure", "conformal"], "0.999 in expectation takes at least 999 there"),
        (["--quality", "99.9999999%"], "needs more than 1000000000 labelled requests"),
        (["--quality", "90%", "--calibration", "5%"], "at least 50 are needed"),
        (["--quality", "90%", "--held-out", "1%"], "raise --held-out"),
    ],
)
def test_what_is_wrong_is_said(place, options, words):
    assert words in fails(place, *options)


@pytest.mark.parametrize(
    "words, message",
    [
        ({"count": 20}, "about 73 labelled requests in all"),
        ({"file": "ledger:"}, "ask all tiers for a random share of requests"),
        ({"file": "d.xyz"}, "is not a file of a known kind"),
        ({"file": "none.csv"}, "no such file: none.csv"),
        ({"rows": [{"id": None, "model": "small", "signal": 1, "right": 1, "cost": 1}]}, "1 rows without an id"),
        ({"rows": [{"id": 1, "model": "small", "signal": 1, "right": 1, "cost": -1}]}, "request `1` at `small`: a cost must"),
        ({"more": '  rules: [{when: "length <", tier: small}]'}, "plimsoll.yaml:9"),
        ({"more": "data: {decisions: x.csv, columns: {label: y, prediction: p}, group: article}"}, "no column `article`"),
    ],
)
def test_data_that_do_not_do_are_refused(place, words, message):
    assert message in fails(place, "--quality", "90%", **words)


def test_a_route_of_one_tier_and_a_line_without_one_are_refused(run):
    (run.folder / "d.csv").write_text("id,model,signal,right,cost\n1,small,1,1,1\n")
    models = 'plimsoll: 1\nfeature: f\nmodels: {small: {endpoint: "http://127.0.0.1:9/v1", model: a}}\n'
    (run.folder / "one.yaml").write_text(models + "route: {tiers: [{model: small}]}\n")
    assert "one.yaml:4:1: `route` has one tier" in run.fails("route", "fit", "one.yaml", "d.csv", "-q", "90%")
    (run.folder / "none.yaml").write_text(models + "data: {decisions: x.csv, columns: {label: y, prediction: p}}\n")
    assert "none.yaml has no `route`" in run.fails("route", "fit", "none.yaml", "d.csv", "-q", "90%")


def test_csv_and_text_say_the_same(place):
    data = list(requests(900))
    result = place("--quality", "85%", data=data)
    rows = list(rows_of(data))
    text = "\n".join([",".join(rows[0]), *(",".join("" if v is None else str(v) for v in row.values()) for row in rows)])
    (place.run.folder / "d.csv").write_text(text + "\n")
    csv = place.run.json("route", "fit", "plimsoll.yaml", "d.csv", "-q", "85%", "--json")
    assert csv["chosen"] == result["chosen"]
    page = place.run.good("route", "fit", "plimsoll.yaml", "d.csv", "-q", "85%", "-o", "fit.json", env={"COLUMNS": "100"})
    assert f"Deliver `small` from {result['chosen']['deliver_at']['small']:.10g} on, else ask `large`." in page
    assert "calibration: fit.json" in " ".join(page.split())
    markdown = place.run.good("route", "fit", "plimsoll.yaml", "d.csv", "-q", "85%", "--format", "markdown")
    assert markdown.startswith("## Thresholds of a cascade")
