// Measures of cells against counts made here by hand. `npm test` bundles the sources for node and runs this.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Cells, moveLimit, measure, isGood, badness, csvOf, curve, bins, wilson, histogram, thin, figure, short, sliceName, isolated, limitsSentence, caseName, sentence, measureName, limitText } from "../dist/test/all.mjs";

// Two groups; scores 1, 2 and 3; a decision without a score and one without a label.
const DATA = {
  segments: [{ segment: "team", groups: ["A", "B"] }],
  leaves: [0, 1],
  //       leaf A: label - + ?  x  prediction - + ?           leaf B
  counts: [4, 2, 1, 1, 3, 0, 0, 1, 0, 5, 1, 0, 2, 2, 0, 0, 0, 0],
  threshold: 2,
  decides: true,
  runs: {
    column: "score",
    values: [1, 2, 3],
    sizes: [4, 4, 3],
    keys: [0, 1, 4, 5, 0, 1, 2, 4, 1, 5, 0],
    counts: [4, 1, 5, 2, 1, 1, 1, 1, 2, 2, 1],
  },
};
const cells = new Cells(DATA);

test("at the line's own threshold moving changes nothing", () => {
  assert.deepEqual([...cells.move(2)], DATA.counts);
});

test("a threshold above all scores lets nobody pass, and one below everybody", () => {
  assert.equal(measure(cells, "selection_rate", {}, cells.move(Infinity)), 0);
  assert.equal(measure(cells, "selection_rate", {}, cells.move(-Infinity)), 1);
});

test("decisions without a score stay without a prediction wherever the threshold is", () => {
  assert.equal(cells.move(3)[2], 1);
});

test("each leaf can have a threshold of its own", () => {
  const moved = cells.move(Float64Array.from([3, 1]));
  assert.equal(measure(cells, "true_positive_rate", { team: "A" }, moved), 2 / 4);
  assert.equal(measure(cells, "selection_rate", { team: "B" }, moved), 1);
});

test("measures are those of the counts", () => {
  assert.equal(measure(cells, "accuracy", { team: "A" }), 7 / 10);
  assert.equal(measure(cells, "false_positive_rate", { team: "B" }), 1 / 6);
  assert.equal(measure(cells, "precision", {}), 5 / 8);
  assert.equal(measure(cells, "selection_rate", { team: "A" }), 6 / 11);
  assert.equal(measure(cells, "base_rate", {}), 8 / 21);
  assert.equal(measure(cells, "f1", {}), 10 / 16);
  assert.equal(measure(cells, "expected_cost", {}), 6 / 20);
});

test("what is undefined is null and not nought", () => {
  assert.equal(measure(cells, "precision", {}, cells.move(Infinity)), null);
  assert.equal(measure(cells, "accuracy", { team: "nobody" }), null);
});

test("costs of a slice replace those they give, and leave the rest", () => {
  const costly = new Cells({ ...DATA, costs: { default: [0, 1, 2, 0], slices: [{ slice: { team: "B" }, costs: [null, 10, null, null] }] } });
  assert.equal(costly.cost({ team: "A" }), 2 + 2);
  assert.equal(costly.cost({ team: "B" }), 10 + 4);
  assert.equal(costly.cost({}, costly.counts, [0, 1, 1, 0]), 6);
});

const finding = (metric, comparator, threshold, cases) => ({ metric, comparator, threshold, status: "ok", cases: cases.map((one) => ({ status: "ok", value: 9, ...one })) });
const pair = [{ slice: { team: "A" }, against: { team: "B" } }];

test("a difference is told without its sign, a ratio from its worse side", () => {
  const difference = moveLimit(cells, finding("selection_rate", "max_difference", 0.1, pair), null, cells.counts);
  assert.equal(difference.worst.value, 6 / 11 - 3 / 10);
  assert.equal(difference.good, false);
  const ratio = moveLimit(cells, finding("selection_rate", "min_ratio", 0.5, pair), null, cells.counts);
  assert.equal(ratio.worst.value, (3 / 10) / (6 / 11));
  assert.deepEqual(ratio.worst.slice, { team: "B" });
  assert.equal(ratio.good, true);
});

test("with a reference a ratio is of the slice over the reference", () => {
  const ratio = moveLimit(cells, finding("selection_rate", "max_ratio", 1.5, pair), "B", cells.counts);
  assert.equal(ratio.worst.value, (6 / 11) / (3 / 10));
});

test("a limit that a threshold does not move keeps the program's value", () => {
  const kept = moveLimit(cells, finding("roc_auc", "min", 10, [{ slice: {}, against: null }]), null, cells.move(3));
  assert.equal(kept.moves, false);
  assert.equal(kept.worst.value, 9);
});

test("small slices do not decide a limit", () => {
  const limit = finding("accuracy", "min", 0.9, [{ slice: { team: "A" }, against: null, status: "too_small" }]);
  assert.equal(moveLimit(cells, limit, null, cells.counts).good, null);
});

test("which side of a limit is good", () => {
  assert.equal(isGood({ comparator: "min", threshold: 0.5 }, 0.5), true);
  assert.equal(isGood({ comparator: "max", threshold: 0.5 }, 0.6), false);
  assert.equal(isGood({ comparator: "min", threshold: 0.5 }, null), null);
  assert.ok(badness({ comparator: "max", threshold: 1 }, 3) > badness({ comparator: "max", threshold: 1 }, 2));
});

test("a curve goes from nobody to everybody", () => {
  const points = curve(cells.scores({}));
  assert.deepEqual([points[0].falsePositiveRate, points[0].truePositiveRate], [0, 0]);
  const last = points[points.length - 1];
  assert.deepEqual([last.falsePositiveRate, last.truePositiveRate], [1, 1]);
  assert.deepEqual(curve([{ value: 1, positive: 0, negative: 3, unknown: 0 }]), []);
});

test("bins hold everybody once, and Wilson's interval holds the rate", () => {
  const scores = Array.from({ length: 100 }, (_, i) => ({ value: i, positive: i % 3, negative: 2, unknown: 1 }));
  const found = bins(scores);
  assert.equal(found.length, 10);
  assert.equal(found.reduce((sum, bin) => sum + bin.n, 0), scores.reduce((sum, one) => sum + one.positive + one.negative, 0));
  for (const bin of found) assert.ok(bin.low <= bin.rate && bin.rate <= bin.high);
  // Its bounds are the rates p that 15 of 50 is 1.96 standard errors away from.
  for (const p of wilson(15, 50)) assert.ok(Math.abs(Math.abs(0.3 - p) - 1.959963984540054 * Math.sqrt((p * (1 - p)) / 50)) < 1e-12);
});

test("with weights bins count decisions, and their intervals are wider", () => {
  const plain = [{ value: 1, positive: 60, negative: 40, unknown: 0 }];
  const [one] = bins(plain);
  const [weighted] = bins([{ ...plain[0], decisions: 50, squares: 400 }]);
  assert.deepEqual([one.n, weighted.n], [100, 50]);
  assert.deepEqual([weighted.low, weighted.high], wilson(15, 25));
  assert.ok(weighted.low < one.low && one.high < weighted.high);
});

test("bars of a histogram sum to one for each label", () => {
  const bars = histogram(cells.scores({}), [1, 2, 3]);
  for (const label of ["positive", "negative", "all"]) assert.ok(Math.abs(bars.reduce((sum, bar) => sum + bar[label], 0) - 1) < 1e-12);
});

test("thinning keeps both ends", () => {
  const all = Array.from({ length: 1000 }, (_, i) => i);
  const few = thin(all, 11);
  assert.deepEqual([few.length, few[0], few[10]], [11, 0, 999]);
});

test("CSV quotes what needs it and defuses formulas", () => {
  assert.equal(csvOf({ columns: ["a", "b"], rows: [['say "x", y', null], ["=1+1", 0.1]] }), 'a,b\n"say ""x"", y",\n\'=1+1,0.1\n');
});

test("figures and names as people write them", () => {
  assert.equal(figure(0.4231, "percent"), "42.3 %");
  assert.equal(figure(-0.05, "points"), "−5.0 points");
  assert.equal(figure(null, "percent"), "–");
  assert.equal(sliceName({}), "overall");
  assert.equal([...short("😀".repeat(99), 10)].length, 10);
  assert.equal(isolated("a\u202eb"), "\u2068ab\u2069");
  assert.ok(caseName({ slice: { a: "x".repeat(90) }, against: { a: "y".repeat(90) } }, 40).length <= 48);
});

test("the sentence on the limits", () => {
  const of = (...states) => states.map((state) => ({ state }));
  assert.equal(limitsSentence(of("clear", "clear")), "All 2 limits are clear.");
  assert.equal(limitsSentence(of("breach", "unproven", "clear")), "1 of 3 limits is crossed, 1 is unproven.");
  assert.equal(limitsSentence(of("unproven", "clear")), "1 of 2 limits is unproven.");
});

test("a sentence keeps its direction and its length whatever names are in it", () => {
  assert.equal(sentence("The rate of \u202etxt.exe\u2066 is 3 %."), "The rate of txt.exe is 3 %.");
  assert.equal(sentence(`The rate of ${"x".repeat(10_000)} is 3 %.`), `The rate of ${"x".repeat(63)}… is 3 %.`);
  assert.equal([...sentence("a ".repeat(5000), 100)].length, 100);
});

test("measures of columns and classes are called as people would", () => {
  assert.equal(measureName("quantile(latency_ms, 0.95)"), "95 % quantile of latency_ms");
  assert.equal(measureName("rate(available)"), "rate of available");
  assert.equal(measureName("recall(cat (big))"), "recall for cat (big)");
  assert.equal(measureName("within(0.5)"), "within 0.5");
  assert.equal(measureName("ndcg@5"), "NDCG@5");
});

test("a limit is told with one name of its measure, whatever the line calls it", () => {
  assert.equal(limitText({ limit: "mean_absolute_error at most 3, by city", metric: "mae" }), "Mean absolute error at most 3, by city");
  assert.equal(limitText({ limit: "recall(cat) at least 0.8", metric: "recall(cat)" }), "Recall for cat at least 0.8");
});

test("a tie belongs to the bin in which its middle lies, and is never divided", () => {
  const scores = [0.1, 0.2, 0.3].map((value, i) => ({ value, negative: 100, positive: 100 * i, unknown: 7 }));
  const found = bins(scores);
  assert.deepEqual(found.map((one) => one.n), [100, 200, 300]);
  assert.deepEqual(found.map((one) => one.rate), [0, 0.5, 200 / 300]);
});

test("scores of several slices in one pass are those of each by itself", () => {
  const slices = [{ team: "B" }, { team: "nobody" }, { team: "A" }];
  assert.deepEqual(cells.scoresBy(slices), slices.map((slice) => cells.scores(slice)));
  assert.deepEqual(cells.scores({ team: "A" }), [
    { value: 1, negative: 4, positive: 1, unknown: 0, decisions: 5, squares: 5 },
    { value: 2, negative: 1, positive: 1, unknown: 1, decisions: 2, squares: 2 },
    { value: 3, negative: 1, positive: 2, unknown: 0, decisions: 3, squares: 3 },
  ]);
});
