"""Text metrics beside the programs they agree with, on the solutions of GSM8K, one core.

Both sides score the same pairs, in turn, and the processor time of scoring alone counts (reading the file
does not); the median of the runs is shown. sacrebleu caches what it tokenised, so its caches are emptied
before each run. TER is compared on fewer pairs, for sacrebleu takes minutes for all of them. Ratios are of
one machine. Writes bench/out/text.json.

    script/bench text [--runs N] [--ter-pairs N]

Environment: PLIMSOLL is the program; text_scores is found beside it.
"""

import argparse
import gc
import gzip
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import rouge_score.rouge_scorer
import sacrebleu.metrics
import sacrebleu.tokenizers.tokenizer_13a
import sacrebleu.tokenizers.tokenizer_intl
import sacrebleu.tokenizers.tokenizer_re
import sacrebleu.tokenizers.tokenizer_ter

HERE = Path(__file__).resolve().parent
OUT = HERE / "out"
SCORES = Path(os.environ["PLIMSOLL"]).parent / "bench" / "text_scores"
DATA = HERE.parents[1] / "shared" / "data" / "gsm8k" / "example_model_solutions.jsonl.gz"
SYSTEM = "175b_verification"

CACHES = (
    sacrebleu.tokenizers.tokenizer_13a.Tokenizer13a,
    sacrebleu.tokenizers.tokenizer_intl.TokenizerV14International,
    sacrebleu.tokenizers.tokenizer_re.TokenizerRegexp,
    sacrebleu.tokenizers.tokenizer_ter.TercomTokenizer,
)

# Name, how sacrebleu or rouge-score is set up, our metric, and how many times faster it should be.
CASES = (
    ("BLEU 13a", sacrebleu.metrics.BLEU, {}, ["bleu"], 30),
    ("BLEU intl", sacrebleu.metrics.BLEU, {"tokenize": "intl"}, ["bleu", "tokenize=intl"], None),
    ("chrF", sacrebleu.metrics.CHRF, {}, ["chrf"], 10),
    ("chrF++", sacrebleu.metrics.CHRF, {"word_order": 2}, ["chrf++"], 10),
    ("TER", sacrebleu.metrics.TER, {}, ["ter"], 200),
    ("ROUGE-1", None, "rouge1", ["rouge_1"], None),
    ("ROUGE-L", None, "rougeL", ["rouge_l"], 50),
    ("ROUGE-Lsum", None, "rougeLsum", ["rouge_lsum"], None),
)


def peer_seconds(metric, options, pairs):
    """One run of the other side, and its score."""
    for tokenizer in CACHES:
        tokenizer.__call__.cache_clear()
    gc.collect()
    outputs = [output for output, _ in pairs]
    references = [reference for _, reference in pairs]
    if metric is not None:
        scorer = metric(**options)
        start = time.process_time()
        score = scorer.corpus_score(outputs, [references]).score
    else:
        scorer = rouge_score.rouge_scorer.RougeScorer([options])
        start = time.process_time()
        scores = [scorer.score(r, o)[options].fmeasure for o, r in pairs]
        score = statistics.fmean(scores)
    return time.process_time() - start, score


def our_seconds(arguments, path):
    result = subprocess.run([SCORES, "--time", path, *arguments], capture_output=True, check=True, text=True)
    told = json.loads(result.stdout)
    return told["seconds"], told["corpus"]


def write_pairs(pairs, path):
    rows = ({"output": output, "references": [reference]} for output, reference in pairs)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def run(case, pairs, runs, folder):
    name, metric, options, arguments, goal = case
    path = folder / "pairs.jsonl"
    write_pairs(pairs, path)
    ours, theirs = [], []
    for _ in range(runs):
        seconds, score = our_seconds(arguments, path)
        ours.append(seconds)
        seconds, peer_score = peer_seconds(metric, options, pairs)
        theirs.append(seconds)
    if abs(score - peer_score) > 1e-9:
        sys.exit(f"{name}: {score} is not {peer_score}")
    ours, theirs = statistics.median(ours), statistics.median(theirs)
    return {
        "case": name, "pairs": len(pairs), "score": score, "goal": goal,
        "segments_per_second": len(pairs) / ours, "peer_segments_per_second": len(pairs) / theirs,
        "ratio": theirs / ours,
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--ter-pairs", type=int, default=100)
    arguments = parser.parse_args()
    logging.getLogger("sacrebleu").setLevel(logging.ERROR)
    if not DATA.exists():
        sys.exit(f"{DATA} is not there")
    with gzip.open(DATA, "rt") as file:
        rows = [json.loads(line) for line in file]
    pairs = [(row[SYSTEM]["solution"], row["ground_truth"]) for row in rows]
    results = []
    print(f"{'':12} {'pairs':>6} {'segments/s':>12} {'peer':>10} {'times':>8} {'goal':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            few = case[0] == "TER"
            taken = pairs[: arguments.ter_pairs] if few else pairs
            result = run(case, taken, 1 if few else arguments.runs, Path(folder))
            results.append(result)
            print(
                f"{result['case']:12} {result['pairs']:6} {result['segments_per_second']:12,.0f}"
                f" {result['peer_segments_per_second']:10,.1f} {result['ratio']:8,.0f}"
                f" {result['goal'] or '':>6}",
                flush=True,
            )
    OUT.mkdir(exist_ok=True)
    (OUT / "text.json").write_text(json.dumps(results, indent=1) + "\n")


main()
