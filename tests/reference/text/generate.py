"""Figures that sacrebleu gives for the solutions of GSM8K, some of which take it minutes; and small
ones for the unit tests in C. Needs tests/requirements.txt and the shared data:

    python tests/reference/text/generate.py [--small]

--small writes small.tsv alone, in a moment. Written with sacrebleu 2.6.0, rouge-score 0.1.2, NLTK 3.10.4.
"""

import gzip
import json
import sys
from pathlib import Path

from nltk.translate.gleu_score import sentence_gleu
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF, TER

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[3] / "shared" / "data" / "gsm8k" / "example_model_solutions.jsonl.gz"
SYSTEMS = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")

PAIRS = [
    ("the cat sat on the mat", "the cat is on the mat"),
    ("the the the the", "the cat is on the mat"),
    ("The U.S. paid $1,234.50, in 2019.", "The U.S. paid 1,234.50 dollars in 2019."),
    ("a b c d e f g h", "e f g h a b c d"),
    ("", "nothing was said"),
    ("something was said", ""),
    ("", ""),
    ("今天天气很好，我们去公园。", "今天的天气很好，去公园吧。"),
    ("यह एक वाक्य है।", "यह एक छोटा वाक्य है।"),
    ("Съешь ещё этих булок", "Съешь же ещё этих мягких булок"),
    ("Relational cats were happily dying", "The related cat was happy, and died"),
]


def small():
    """One row for each metric, configuration and pair: name, options, output, reference, score."""
    rouge = RougeScorer(["rouge1", "rouge2", "rougeL", "rougeLsum"])
    stemmed = RougeScorer(["rouge1", "rouge2", "rougeL", "rougeLsum"], use_stemmer=True)
    for output, reference in PAIRS:
        for tokenize in ("none", "13a", "intl", "zh", "char"):
            metric = BLEU(tokenize=tokenize, effective_order=True)
            score = metric.sentence_score(output, [reference]).score
            yield "bleu", f"tokenize={tokenize} effective_order=true", output, reference, score
        for words in (0, 2):
            score = CHRF(word_order=words).sentence_score(output, [reference]).score
            yield "chrf", f"word_order={words}", output, reference, score
        for options in ({}, {"normalized": True, "asian_support": True}):
            score = TER(**options).sentence_score(output, [reference]).score
            named = " ".join(f"{name}=true" for name in options)
            yield "ter", named, output, reference, score
        for named, scorer in (("", rouge), ("use_stemmer=true", stemmed)):
            for name, figures in scorer.score(reference, output).items():
                metric = {"rouge1": "rouge_1", "rouge2": "rouge_2", "rougeL": "rouge_l"}
                row = metric.get(name, "rouge_lsum")
                yield row, named, output, reference, figures.fmeasure
        yield "gleu", "", output, reference, sentence_gleu([reference.split()], output.split())


def ter_of(rows, system):
    metric = TER()
    outputs = [row[system]["solution"] for row in rows]
    references = [row["ground_truth"] for row in rows]
    segments = [metric.sentence_score(o, [r]).score for o, r in zip(outputs, references, strict=True)]
    edits = sum(s * len(r.split()) for s, r in zip(segments, references, strict=True))
    return {"corpus": edits / sum(len(r.split()) for r in references),
            "segments": [float(f"{score:.12g}") for score in segments]}  # fmt: skip


def main():
    lines = ["# metric\toptions\toutput\treference\tscore"]
    lines += ["\t".join([*row[:4], repr(float(row[4]))]) for row in small()]
    (HERE / "small.tsv").write_text("\n".join(lines) + "\n")
    if "--small" in sys.argv:
        return
    with gzip.open(DATA, "rt") as file:
        rows = [json.loads(line) for line in file]
    figures = {"source": "sacrebleu 2.6.0, TER()", "ter": {s: ter_of(rows, s) for s in SYSTEMS}}
    (HERE / "gsm8k.json").write_text(json.dumps(figures) + "\n")


main()
