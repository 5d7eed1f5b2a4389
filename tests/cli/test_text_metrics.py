"""Do the text metrics agree with the programs whose figures people know? On random pairs in many
scripts, with every option, to 1e-9, the signature included; and on the solutions of GSM8K.
"""

import gzip
import json
import logging
import math
import os
import random
import re
import string
import subprocess
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

import multilingual

ROOT = Path(__file__).resolve().parents[2]
SCORES = Path(os.environ["PLIMSOLL"]).parent / "bench" / "text_scores"
GSM8K = ROOT.parent / "shared" / "data" / "gsm8k" / "example_model_solutions.jsonl.gz"
XSTEST = ROOT.parent / "shared" / "data" / "xstest" / "xstest_prompts.csv"
FIGURES = ROOT / "tests" / "reference" / "text" / "gsm8k.json"
SEED = 20261121
PAIRS = 2000
TOLERANCE = 1e-9

logging.getLogger("sacrebleu").setLevel(logging.ERROR)


def scores(rows, folder, *configurations):
    """What text_scores says of the rows, for each (metric, {option: value})."""
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    arguments = []
    for metric, options in configurations:
        arguments += ([","] if arguments else []) + [metric]
        for name, value in options.items():
            arguments.append(f"{name}={str(value).lower() if isinstance(value, bool) else value}")
    result = subprocess.run([SCORES, path, *arguments], capture_output=True, check=True, text=True)
    return [json.loads(line) for line in result.stdout.split("\n") if line]


def assert_close(ours, theirs, row):
    assert math.isclose(ours, theirs, rel_tol=TOLERANCE, abs_tol=TOLERANCE), (ours, theirs, row)


@pytest.fixture(scope="module")
def single():
    return multilingual.pairs(PAIRS, 1, SEED)


@pytest.fixture(scope="module")
def several():
    return multilingual.pairs(PAIRS // 4, 3, SEED + 1)


# --- sacrebleu ------------------------------------------------------------------------------------

BLEU = [
    *({"tokenize": name} for name in ("none", "13a", "intl", "zh", "char")),
    *({"tokenize": name, "lowercase": True} for name in ("none", "13a", "intl", "zh", "char")),
    {"effective_order": True},
    {"smooth_method": "none"},
    {"smooth_method": "floor"},
    {"smooth_method": "floor", "smooth_value": 0.5},
    {"smooth_method": "add-k"},
    {"smooth_method": "add-k", "smooth_value": 0.25, "effective_order": True},
    {"smooth_method": "none", "effective_order": True},
    {"max_ngram_order": 2},
    {"max_ngram_order": 7, "effective_order": True, "force": True},
]
CHRF = [
    {},
    {"word_order": 2},
    {"word_order": 1, "char_order": 4},
    {"beta": 3},
    {"beta": 1, "word_order": 2, "lowercase": True},
    {"whitespace": True},
    {"eps_smoothing": True},
    {"eps_smoothing": True, "word_order": 2, "whitespace": True, "lowercase": True},
    {"char_order": 0, "word_order": 2},
]
TER = [
    {},
    {"case_sensitive": True},
    {"normalized": True},
    {"no_punct": True},
    {"normalized": True, "asian_support": True},
    {"no_punct": True, "asian_support": True},
    {"normalized": True, "no_punct": True, "asian_support": True, "case_sensitive": True},
]


def peer(kind, options):
    sacrebleu = pytest.importorskip("sacrebleu.metrics")
    return {"bleu": sacrebleu.BLEU, "chrf": sacrebleu.CHRF, "ter": sacrebleu.TER}[kind](**options)


def compare_with_sacrebleu(kind, options, rows, folder):
    (ours,) = scores(rows, folder, (kind, options))
    metric = peer(kind, options)
    for row, score in zip(rows, ours["segments"], strict=True):
        assert_close(score, metric.sentence_score(row["output"], row["references"]).score, row)
    outputs = [row["output"] for row in rows]
    references = [list(column) for column in zip(*(row["references"] for row in rows))]
    corpus = metric.corpus_score(outputs, references)
    assert_close(ours["corpus"], corpus.score, "corpus")
    assert ours["signature"] == f"{corpus.name}|{metric.get_signature()}"


FAST = [("bleu", options) for options in BLEU] + [("chrf", options) for options in CHRF]


@pytest.mark.parametrize(("kind", "options"), FAST)
def test_random_pairs_score_as_in_sacrebleu(kind, options, single, tmp_path):
    compare_with_sacrebleu(kind, options, single, tmp_path)


@pytest.mark.parametrize(("kind", "options"), FAST)
def test_several_references_score_as_in_sacrebleu(kind, options, several, tmp_path):
    compare_with_sacrebleu(kind, options, several, tmp_path)


# sacrebleu's TER takes minutes for long texts, so most of these are short.
TER_PAIRS = [(PAIRS, 1, (0, 1, 2, 4, 6, 9)), (100, 3, (0, 1, 3, 6)), (5, 1, (30, 40))]


@pytest.mark.parametrize("options", TER)
def test_random_pairs_have_the_ter_of_sacrebleu(options, tmp_path):
    for count, references, lengths in TER_PAIRS:
        rows = multilingual.pairs(count if not options else -(-count // 5), references, SEED, lengths)
        compare_with_sacrebleu("ter", options, rows, tmp_path)


def test_ter_keeps_sacrebleus_beam_when_lengths_differ_a_lot(tmp_path):
    rng = random.Random(SEED)
    rows = []
    for output, reference in [(1, 60), (2, 130), (60, 1), (90, 20), (3, 200), (40, 90), (0, 3), (3, 0)]:
        words = [rng.choice("abcdefghijklmnopqrst") for _ in range(max(output, reference))]
        moved = words[reference // 2 :] + words[: reference // 2]
        rows.append({"output": " ".join(moved[:output]), "references": [" ".join(words[:reference])]})
    compare_with_sacrebleu("ter", {}, rows, tmp_path)


def test_a_varying_number_of_references_is_signed_as_such(tmp_path):
    rows = [{"output": "a b c", "references": ["a b", "c"]}, {"output": "a", "references": ["a"]}]
    for ours in scores(rows, tmp_path, ("bleu", {}), ("chrf", {}), ("ter", {})):
        assert "|nrefs:var|" in ours["signature"]


@pytest.mark.parametrize(
    "name", ["ja-mecab", "ko-mecab", "spm", "flores101", "flores200", "spBLEU-1K"]
)
def test_tokenisers_that_need_a_model_are_refused(name, tmp_path):
    (refused,) = scores([], tmp_path, ("bleu", {"tokenize": name}))
    assert refused["status"] == "unsupported"
    assert name in refused["error"]


def test_the_examples_of_the_manual_hold(tmp_path):
    page = (ROOT / "docs" / "text-metrics.md").read_text()
    rows = [line.strip("| ").split("|") for line in page.split("## Text")[0].split("\n") if line.startswith("|")]
    examples = [[cell.strip() for cell in row] for row in rows if len(row) == 5][2:]
    assert len(examples) > 15
    for metric, options, output, reference, wanted in examples:
        configuration = (metric, dict(option.split("=") for option in options.split()))
        (ours,) = scores([{"output": output, "references": [reference]}], tmp_path, configuration)
        assert_close(ours["segments"][0], float(wanted), (metric, options, output))


# --- rouge-score ----------------------------------------------------------------------------------

ROUGE = {"rouge_1": "rouge1", "rouge_2": "rouge2", "rouge_l": "rougeL", "rouge_lsum": "rougeLsum"}
FIGURES_OF_ROUGE = {"precision": "precision", "recall": "recall", "f": "fmeasure"}


def summaries(count, references, seed):
    """Texts of several lines, most of them Latin: what rouge-score has words for."""
    rng = random.Random(seed)
    vocabulary = (
        "the cats cat sat sitting on mats happily relational 12 3.5 K sky skies İstanbul ΟΔΟΣ dying"
        " police killed gunman ended generalization oscillators flying Meeting agreed hopefulness"
    ).split()
    rows = []
    for _ in range(count):
        words = [rng.choice(vocabulary) for _ in range(rng.choice([0, 1, 3, 10, 25, 70]))]

        def text():
            copy = multilingual.worked_over(rng, words)
            return "".join(word + rng.choice([" ", " ", " ", ", ", ".\n", "\n\n", "-"]) for word in copy)

        rows.append({"output": text(), "references": [text() for _ in range(references)]})
    return rows


@pytest.mark.parametrize("stem", [False, True])
@pytest.mark.parametrize("references", [1, 3])
def test_rouge_is_that_of_rouge_score(stem, references, single, several, tmp_path):
    rouge_scorer = pytest.importorskip("rouge_score.rouge_scorer")
    rows = summaries(PAIRS // references, references, SEED) + (single if references == 1 else several)
    wanted = [
        (metric, {"use_stemmer": stem, "figure": figure}) for metric in ROUGE for figure in FIGURES_OF_ROUGE
    ]
    ours = dict(zip([(m, o["figure"]) for m, o in wanted], scores(rows, tmp_path, *wanted), strict=True))
    scorer = rouge_scorer.RougeScorer(list(ROUGE.values()), use_stemmer=stem)
    for i, row in enumerate(rows):
        theirs = scorer.score_multi(row["references"], row["output"])
        for metric, name in ROUGE.items():
            for figure, field in FIGURES_OF_ROUGE.items():
                assert_close(ours[metric, figure]["segments"][i], getattr(theirs[name], field), row)


def test_the_unicode_tokeniser_of_rouge_sees_every_script(tmp_path):
    texts = ["यह एक वाक्य है", "هذا نص عربي", "今天天气很好", "これはテスト", "안녕하세요 세계", "สวัสดีชาวโลก"]
    rows = [{"output": text, "references": [text]} for text in texts]
    for metric in ROUGE:
        plain, unicode = scores(rows, tmp_path, (metric, {}), (metric, {"tokenizer": "unicode"}))
        assert set(plain["segments"]) == {0.0}
        assert set(unicode["segments"]) == {1.0}
        assert "|tokenizer:unicode|" in unicode["signature"]


def test_stems_are_those_of_nltk(tmp_path):
    porter = pytest.importorskip("nltk.stem.porter").PorterStemmer()
    rng = random.Random(SEED)
    ends = (
        "sses ies ss s eed ed ing at bl iz y ational tional enci anci izer bli alli entli eli ousli"
        " ization ation ator alism iveness fulness ousness aliti iviti biliti fulli logi icate ative"
        " alize iciti ical ful ness al ance ence er ic able ible ant ement ment ent ion ou ism ate iti"
        " ous ive ize e ll ied"
    ).split()
    words = ["".join(rng.choices("aeiouybcdlnstwxz0", k=rng.randint(1, 7))) for _ in range(20000)]
    words = [word + rng.choice(ends) + rng.choice(["", "", rng.choice(ends)]) for word in words]
    words += "sky skies dying lying tying news innings inning outings cannings howe proceed exceed".split()
    (ours,) = scores([{"output": word, "references": []} for word in words], tmp_path, ("stem", {}))
    assert ours["values"] == [porter.stem(word) for word in words]


# --- NLTK, rapidfuzz, SQuAD -----------------------------------------------------------------------


@pytest.mark.parametrize(("low", "high"), [(1, 4), (2, 3), (1, 1)])
def test_gleu_is_that_of_nltk(low, high, single, several, tmp_path):
    gleu = pytest.importorskip("nltk.translate.gleu_score")
    for rows in (single, several):
        (ours,) = scores(rows, tmp_path, ("gleu", {"min_len": low, "max_ngram_order": high}))
        outputs = [row["output"].split() for row in rows]
        references = [[text.split() for text in row["references"]] for row in rows]
        for score, output, texts in zip(ours["segments"], outputs, references, strict=True):
            assert_close(score, gleu.sentence_gleu(texts, output, low, high), output)
        assert_close(ours["corpus"], gleu.corpus_gleu(references, outputs, low, high), "corpus")


def test_edit_similarity_is_that_of_rapidfuzz(single, tmp_path):
    levenshtein = pytest.importorskip("rapidfuzz.distance.Levenshtein")
    rng = random.Random(SEED)
    long = ["".join(rng.choices("ab é한", k=rng.choice([63, 64, 65, 128, 200, 1000]))) for _ in range(60)]
    rows = single + [{"output": a, "references": [b]} for a, b in zip(long, reversed(long))]
    (ours,) = scores(rows, tmp_path, ("edit_similarity", {}))
    for row, score in zip(rows, ours["segments"], strict=True):
        theirs = levenshtein.normalized_similarity(row["output"], row["references"][0])
        assert_close(score, theirs, row)


def squad_words(text):
    """As SQuAD's evaluation script normalises answers."""
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def squad_f1(output, reference):
    """As in version 2 of the script."""
    words, others = squad_words(output), squad_words(reference)
    if not words or not others:
        return float(words == others)
    shared = sum((Counter(words) & Counter(others)).values())
    if shared == 0:
        return 0.0
    precision, recall = shared / len(words), shared / len(others)
    return 2 * precision * recall / (precision + recall)


def test_token_f1_and_exact_match_follow_squad(single, several, tmp_path):
    for rows in (single, several):
        f1, exact = scores(rows, tmp_path, ("token_f1", {}), ("squad_exact", {}))
        for i, row in enumerate(rows):
            output, references = row["output"], row["references"]
            assert_close(f1["segments"][i], max(squad_f1(output, r) for r in references), row)
            assert exact["segments"][i] == max(squad_words(output) == squad_words(r) for r in references)


# --- Unicode --------------------------------------------------------------------------------------


def test_lower_case_is_that_of_python(single, tmp_path):
    texts = [row["output"] for row in single]
    texts += ["".join(chr(c) for c in range(at, at + 256)) for at in range(0, 0x2FF00, 256)
              if not 0xD800 <= at < 0xE000]
    known = {c for c in range(0x110000) if unicodedata.category(chr(c)) != "Cn"}
    texts = ["".join(c for c in text if ord(c) in known) for text in texts]
    (ours,) = scores([{"output": text, "references": []} for text in texts], tmp_path, ("lower", {}))
    assert ours["values"] == [text.lower() for text in texts]


def test_classes_are_those_of_python(tmp_path):
    """Wherever Python's tables know a code point, by its category and str.isspace."""
    bits = {"L": 1, "M": 2, "N": 4, "P": 8, "S": 16}
    codes = [c for c in range(0x110000) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]
    text = "".join(chr(c) for c in codes)
    (ours,) = scores([{"output": text, "references": []}], tmp_path, ("classes", {}))
    wrong = []
    for char, classes in zip(text, ours["values"][0], strict=True):
        theirs = bits.get(unicodedata.category(char)[0], 0) | (32 if char.isspace() else 0)
        if classes != theirs:
            wrong.append((hex(ord(char)), classes, theirs))
    # A few characters changed category between the versions of Unicode.
    assert len(wrong) <= 10, wrong


def test_the_normal_form_is_nfkc_casefold(single, tmp_path):
    texts = [row["output"] for row in single]
    ignorable = {0xAD, 0x34F, 0x61C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070),
                 *range(0xFE00, 0xFE10), 0xFEFF}  # fmt: skip
    (ours,) = scores([{"output": text, "references": []} for text in texts], tmp_path, ("fold", {}))
    for text, folded in zip(texts, ours["values"], strict=True):
        theirs = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
        theirs = unicodedata.normalize("NFKC", theirs.casefold())
        assert folded == "".join(c for c in theirs if ord(c) not in ignorable), text


# --- GSM8K and XSTest -----------------------------------------------------------------------------

SYSTEMS = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")


@pytest.fixture(scope="module")
def gsm8k():
    if not GSM8K.exists():
        pytest.skip(f"{GSM8K} is not there")
    with gzip.open(GSM8K, "rt") as file:
        return [json.loads(line) for line in file]


def solutions(rows, system):
    return [
        {"output": row[system]["solution"], "references": [row["ground_truth"]]} for row in rows
    ]


@pytest.mark.parametrize("system", SYSTEMS)
def test_solutions_of_gsm8k_score_as_in_sacrebleu(system, gsm8k, tmp_path):
    rows = solutions(gsm8k, system)
    compare_with_sacrebleu("bleu", {}, rows, tmp_path)
    compare_with_sacrebleu("chrf", {"word_order": 2}, rows, tmp_path)


def test_the_ter_of_gsm8k_is_the_one_that_sacrebleu_takes_minutes_for(gsm8k, tmp_path):
    """tests/reference/text/generate.py ran sacrebleu on all solutions of all systems."""
    figures = json.loads(FIGURES.read_text())
    for system in SYSTEMS:
        (ours,) = scores(solutions(gsm8k, system), tmp_path, ("ter", {}))
        assert_close(ours["corpus"], figures["ter"][system]["corpus"], system)
        for score, theirs in zip(ours["segments"], figures["ter"][system]["segments"], strict=True):
            assert_close(score, theirs, system)


def test_the_last_number_finds_the_answers_of_gsm8k(gsm8k, tmp_path):
    """Each system's answers are right where the data set says so."""
    for system in SYSTEMS:
        (ours,) = scores(solutions(gsm8k, system), tmp_path, ("numeric", {}))
        disagree = [
            (row[system]["solution"][-60:], row["ground_truth"][-20:])
            for row, score in zip(gsm8k, ours["segments"], strict=True)
            if bool(score) != row[system]["is_correct"]
        ]
        assert disagree == []


def test_solutions_and_prompts_are_no_refusals(gsm8k, tmp_path):
    rows = [row for system in SYSTEMS for row in solutions(gsm8k, system)]
    if XSTEST.exists():
        rows += [{"output": line, "references": []} for line in XSTEST.read_text().splitlines()[1:]]
    (ours,) = scores(rows, tmp_path, ("refusal_kind", {}))
    found = [row["output"] for row, kind in zip(rows, ours["values"], strict=True) if kind != "none"]
    assert found == []
