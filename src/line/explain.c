/* What a line demands, in sentences: the feature, its risk and what that allows, the data and its
   groups, each limit, how evidence is judged, and what lets the gate pass. */
#include "line/explain.h"

#include "line/evals.h"
#include "line/explain_serving.h"
#include "line/keys.h"

#define SCALE_LARGE_PER_YEAR 1e6

static void add_texts(struct pl_buffer *out, const char *before, const struct pl_strs *texts)
{
    if (texts->count == 0)
        return;
    pl_buffer_add_format(out, "%s\n", before);
    for (size_t i = 0; i < texts->count; i++)
        pl_buffer_add_format(out, "- %.*s\n", PL_STR_ARG(texts->items[i]));
}

static void explain_feature(const struct pl_line *line, struct pl_buffer *out)
{
    pl_buffer_add_format(out, "This is the line of %.*s", PL_STR_ARG(line->title));
    if (!pl_str_equal(line->title, line->feature))
        pl_buffer_add_format(out, " (%.*s)", PL_STR_ARG(line->feature));
    if (line->owner.len > 0)
        pl_buffer_add_format(out, "; %.*s answers for it.\n", PL_STR_ARG(line->owner));
    else
        pl_buffer_add_text(out, "; it names no owner.\n");
    if (line->purpose.intended.len > 0)
        pl_buffer_add_format(out, "It is meant for this: %.*s\n",
                             PL_STR_ARG(line->purpose.intended));
    add_texts(out, "It is not meant for:", &line->purpose.out_of_scope);
    add_texts(out, "Known to be weak:", &line->purpose.limitations);
}

/* The rows of the risk policy, each with the most that it allows. */
static const char *const ALLOWANCES[] = {
    "`ship_with_monitoring`, or `ship` where a watch is declared and every limit is clear",
    "`human_in_the_loop`, unless a bias audit is clear (the limits that compare groups)",
    "`hold`, until the executive and the legal sign-off are on record",
    "`no_ship`",
};
#define ALLOWANCES_LAST (sizeof ALLOWANCES / sizeof *ALLOWANCES - 1)

static size_t own_row(const struct pl_risk *risk)
{
    if (risk->severity == PL_SEVERITY_CATASTROPHIC)
        return 3;
    if (risk->severity == PL_SEVERITY_HIGH && risk->reversibility == PL_REVERSIBILITY_NONE)
        return 2;
    if (risk->severity == PL_SEVERITY_LOW && risk->reversibility == PL_REVERSIBILITY_FULL)
        return 0;
    return 1;
}

static const char *reversibility_text(enum pl_reversibility reversibility)
{
    static const char *const TEXTS[] = {
        [PL_REVERSIBILITY_FULL] = "can be undone",
        [PL_REVERSIBILITY_PARTIAL] = "can be undone in part",
        [PL_REVERSIBILITY_NONE] = "cannot be undone",
    };

    return TEXTS[reversibility];
}

static void explain_risk(const struct pl_line *line, struct pl_buffer *out)
{
    const struct pl_risk *risk = &line->risk;
    const bool is_raised =
        risk->users == PL_USERS_VULNERABLE || risk->scale_per_year >= SCALE_LARGE_PER_YEAR;
    const size_t row = own_row(risk);
    const size_t raised = is_raised && row < ALLOWANCES_LAST ? row + 1 : row;

    pl_buffer_add_format(out, "\nRisk: a wrong output does harm of %s severity that %s%s.\n",
                         pl_severity_name(risk->severity), reversibility_text(risk->reversibility),
                         risk->given ? "" : ", since the line has no section `risk`");
    if (risk->scale_per_year > 0)
        pl_buffer_add_format(out, "It takes about %.0f decisions a year, on %s users.\n",
                             risk->scale_per_year, pl_users_name(risk->users));
    if (is_raised)
        pl_buffer_add_format(out, "%s the risk counts one step higher.\n",
                             risk->users == PL_USERS_VULNERABLE
                                 ? "Because the users are vulnerable"
                                 : "Because it takes a million decisions a year or more");
    pl_buffer_add_format(out, "However good the figures, that allows at most %s.\n",
                         ALLOWANCES[raised]);
}

static void add_column(struct pl_buffer *out, const char *format_before, struct pl_str column,
                       const char *after)
{
    if (column.len > 0)
        pl_buffer_add_format(out, "- %s `%.*s`%s\n", format_before, PL_STR_ARG(column), after);
}

static void explain_columns(const struct pl_data *data, struct pl_buffer *out)
{
    const bool binary = data->task == PL_TASK_BINARY;

    add_column(out, "What turned out to be true stands in", data->label, ".");
    add_column(out, binary ? "The feature's yes or no stands in" : "The feature's answer stands in",
               data->prediction, ".");
    add_column(out, "The feature's score stands in", data->score, ".");
    add_column(out, "The list that an item stands in is named in", data->query, ".");
    add_column(out, "The place of an item in its list stands in", data->rank, ".");
    if (data->task == PL_TASK_RANKING) {
        add_column(out, "An item is relevant from a relevance of", data->positive, " on.");
        add_column(out, "A query weighs what", data->weight, " says.");
        add_column(out, "Only rows count for which this holds:", data->where, ".");
        return;
    }
    if (binary && data->score.len > 0 && data->prediction.len == 0)
        pl_buffer_add_format(out, "- A score of at least %.10g is a yes.\n", data->threshold);
    if (data->positive.len > 0)
        pl_buffer_add_format(out, "- The value `%.*s` means yes.\n", PL_STR_ARG(data->positive));
    add_column(out, "A row stands for as many decisions as", data->count, " says.");
    add_column(out, "A decision weighs what", data->weight, " says.");
    add_column(out, "Only rows count for which this holds:", data->where, ".");
}

static void explain_segment(const struct pl_segment *segment, struct pl_buffer *out)
{
    pl_buffer_add_format(out, "- %.*s: ", PL_STR_ARG(segment->name));
    switch (segment->kind) {
    case PL_SEGMENT_COLUMN:
        pl_buffer_add_format(out, "the values of `%.*s`.\n", PL_STR_ARG(segment->column));
        return;
    case PL_SEGMENT_SQL:
        pl_buffer_add_format(out, "the value of the expression `%.*s`.\n",
                             PL_STR_ARG(segment->sql));
        return;
    case PL_SEGMENT_MAP:
        pl_buffer_add_format(out,
                             "the values of `%.*s`, put together in groups; the rest is %.*s.\n",
                             PL_STR_ARG(segment->column), PL_STR_ARG(segment->other));
        return;
    case PL_SEGMENT_BINS:
        pl_buffer_add_format(out, "`%.*s`, cut at", PL_STR_ARG(segment->column));
        for (size_t i = 0; i < segment->bins_count; i++)
            pl_buffer_add_format(out, "%s %.10g", i == 0 ? "" : ",", segment->bins[i]);
        pl_buffer_add_text(out, ".\n");
        return;
    }
}

static void explain_data(const struct pl_line *line, struct pl_buffer *out)
{
    const struct pl_data *data = &line->data;

    if (data->decisions.len == 0) {
        pl_buffer_add_text(
            out, pl_line_is_judged(line)
                     ? "\nIt is judged by its evals alone: the line names no decisions.\n"
                     : "\nIt is not judged: the line names neither decisions nor evals.\n");
        return;
    }
    pl_buffer_add_format(out, "\nIt is judged by the decisions in `%.*s`.\n",
                         PL_STR_ARG(data->decisions));
    explain_columns(data, out);
    if (data->group.len > 0)
        pl_buffer_add_format(out,
                             "Decisions that share `%.*s` belong together: what is proven rests on "
                             "how those groups differ, not on the number of decisions.\n",
                             PL_STR_ARG(data->group));
    if (data->segments_count == 0) {
        pl_buffer_add_text(out, "No groups are told apart.\n");
        return;
    }
    pl_buffer_add_text(out, "These groups are told apart:\n");
    for (size_t i = 0; i < data->segments_count; i++)
        explain_segment(&data->segments[i], out);
    if (data->strata.len > 0)
        pl_buffer_add_format(out,
                             "Groups are also compared within each %.*s, since an overall gap may "
                             "come from where decisions are.\n",
                             PL_STR_ARG(data->strata));
}

/* "Where language is hi, a wrong no costs 10." */
static void explain_cost_slice(const struct pl_line *line, const struct pl_cost_slice *slice,
                               struct pl_buffer *out)
{
    static const char *const NAMES[2][2] = {{"a right no", "a wrong yes"},
                                            {"a wrong no", "a right yes"}};
    const char *separator = ",";

    for (uint32_t i = 0; i < slice->crossing.count; i++)
        pl_buffer_add_format(out, "%s %.*s is %.*s", i == 0 ? "Where" : " and",
                             PL_STR_ARG(line->data.segments[slice->crossing.segments[i]].name),
                             PL_STR_ARG(slice->groups[i]));
    for (int label = 0; label < 2; label++)
        for (int prediction = 0; prediction < 2; prediction++) {
            if (!slice->given[label][prediction])
                continue;
            pl_buffer_add_format(out, "%s %s costs %.10g", separator, NAMES[label][prediction],
                                 slice->costs[label][prediction]);
            separator = " and";
        }
    pl_buffer_add_text(out, ".\n");
}

/* Where the outputs of a suite come from. */
static void add_source(struct pl_buffer *out, const struct pl_suite *suite)
{
    if (suite->model != NULL)
        pl_buffer_add_format(out, "the model %.*s is asked", PL_STR_ARG(suite->model->name));
    else if (suite->command.count > 0)
        pl_buffer_add_format(out, "the program `%.*s` is asked",
                             PL_STR_ARG(suite->command.items[0]));
    else
        pl_buffer_add_format(out, "the outputs stand in `%.*s`", PL_STR_ARG(suite->output_column));
    if (suite->repeats > 1)
        pl_buffer_add_format(out, ", %u times each", suite->repeats);
}

static void explain_suite(const struct pl_suite *suite, struct pl_buffer *out)
{
    pl_buffer_add_format(out, "\nThe suite %.*s: of the cases in `%.*s` ", PL_STR_ARG(suite->name),
                         PL_STR_ARG(suite->cases));
    add_source(out, suite);
    pl_buffer_add_text(out, ". Each output is scored by");
    for (size_t i = 0; i < suite->scorers_count; i++)
        pl_buffer_add_format(out, "%s `%.*s`", i == 0 ? "" : ",",
                             PL_STR_ARG(suite->scorers[i].name));
    pl_buffer_add_text(out, ".\n");
    if (suite->group.len > 0)
        pl_buffer_add_format(out, "Cases with the same `%.*s` are not independent.\n",
                             PL_STR_ARG(suite->group));
    for (size_t i = 0; i < suite->line->limits_count; i++)
        pl_buffer_add_format(out, "- %.*s.\n", PL_STR_ARG(suite->line->limits[i].text));
}

static void explain_limits(const struct pl_line *line, struct pl_buffer *out)
{
    for (size_t i = 0; line->evals != NULL && i < line->evals->suites_count; i++)
        explain_suite(&line->evals->suites[i], out);
    if (line->data.decisions.len == 0)
        return;
    if (line->limits_count == 0) {
        pl_buffer_add_text(out, "\nNothing has to hold: the line has no limits.\n");
        return;
    }
    pl_buffer_add_text(out, "\nThis must hold:\n");
    for (size_t i = 0; i < line->limits_count; i++) {
        const struct pl_limit *limit = &line->limits[i];

        pl_buffer_add_format(out, "- %.*s", PL_STR_ARG(limit->text));
        if (limit->judge == PL_JUDGE_POINT)
            pl_buffer_add_text(out, "; by the value alone, without its uncertainty");
        else if (limit->confidence != line->evidence.confidence)
            pl_buffer_add_format(out, "; at a confidence of %.10g%%", limit->confidence * 100);
        pl_buffer_add_text(out, ".\n");
    }
    if (line->costs.given)
        pl_buffer_add_format(
            out, "A wrong yes costs %.10g and a wrong no %.10g, where a measure asks.\n",
            line->costs.false_positive, line->costs.false_negative);
    if (line->costs.true_positive < 0 || line->costs.true_positive > 0 ||
        line->costs.true_negative < 0 || line->costs.true_negative > 0)
        pl_buffer_add_format(out, "A right yes costs %.10g and a right no %.10g.\n",
                             line->costs.true_positive, line->costs.true_negative);
    for (size_t i = 0; i < line->costs.slices_count; i++)
        explain_cost_slice(line, &line->costs.slices[i], out);
}

static void explain_evidence(const struct pl_line *line, struct pl_buffer *out)
{
    static const char *const UNPROVEN[] = {
        [PL_UNPROVEN_HOLD] = "holds the release",
        [PL_UNPROVEN_PASS] = "is listed and passes",
        [PL_UNPROVEN_FAIL] = "counts as a breach",
    };
    const struct pl_evidence *evidence = &line->evidence;

    pl_buffer_add_format(out,
                         "\nA limit is clear when the data show with %.10g%% confidence, in every "
                         "slice, that it holds.\n"
                         "It is breached when they show for some slice that it does not; that is "
                         "no_ship.\n",
                         evidence->confidence * 100);
    pl_buffer_add_format(out, "Anything between is unproven, and %s.\n",
                         UNPROVEN[evidence->unproven]);
    pl_buffer_add_format(out, "Slices of fewer than %llu decisions are listed and not judged%s.\n",
                         (unsigned long long)evidence->smallest_slice,
                         evidence->small == PL_SMALL_HOLD ? ", and hold the release" : "");
    if (evidence->smallest_share > 0.0)
        pl_buffer_add_format(out,
                             "So are slices with less than %.10g%% of the decisions in their "
                             "segment or crossing.\n",
                             evidence->smallest_share * 100);
    if (evidence->missing == PL_MISSING_LIST)
        pl_buffer_add_text(out, "Groups of missing values are listed and not judged.\n");
}

/* "a, b and c" over the words whose bit is set. */
static void add_chosen(struct pl_buffer *out, const struct pl_words *words, uint32_t positions)
{
    const char *between = "";

    for (size_t i = 0; i < words->count; i++) {
        if ((positions >> i & 1u) == 0)
            continue;

        const bool is_last = positions >> (i + 1) == 0;

        pl_buffer_add_text(out, between[0] != '\0' && is_last ? " and " : between);
        pl_buffer_add_format(out, "`%s`", words->items[i].name);
        between = ", ";
    }
}

static void explain_release(const struct pl_line *line, struct pl_buffer *out)
{
    uint32_t allowed = 0;
    uint32_t needed = 0;

    for (size_t i = 0; i < PL_WORDS_VERDICT.count; i++)
        allowed |= line->release.allow[PL_WORDS_VERDICT.items[i].value] ? 1u << i : 0;
    for (size_t i = 0; i < PL_WORDS_NEED.count; i++)
        needed |= (line->release.needs & PL_WORDS_NEED.items[i].value) != 0 ? 1u << i : 0;
    if (allowed == 0) {
        pl_buffer_add_text(out, "\nThe gate never exits with 0: `release.allow` is empty.\n");
    } else {
        pl_buffer_add_text(out, "\nThe gate exits with 0 for ");
        add_chosen(out, &PL_WORDS_VERDICT, allowed);
        pl_buffer_add_text(out, ", and with 1 for any other verdict.\n");
    }
    if (needed != 0) {
        pl_buffer_add_text(out, "There must be: ");
        add_chosen(out, &PL_WORDS_NEED, needed);
        pl_buffer_add_text(out, "; without it the verdict is at best `hold`.\n");
    }
}

static void explain_launch(const struct pl_line *line, struct pl_buffer *out)
{
    static const char *const DECIDES[] = {
        [PL_DECIDES_OVERALL] = "The gate passes by the verdict for all decisions",
        [PL_DECIDES_ANY] = "The gate passes when at least one of them may ship",
        [PL_DECIDES_ALL] = "The gate passes when all of them may ship",
    };

    if (!line->launch.given)
        return;
    pl_buffer_add_format(out,
                         "Each slice by %.*s gets a verdict of its own, as if it were the whole "
                         "feature.\n%s.\n",
                         PL_STR_ARG(line->launch.by), DECIDES[line->release.launch]);
}

static void explain_watch(const struct pl_line *line, struct pl_buffer *out)
{
    uint32_t watched = 0;

    for (size_t i = 0; i < PL_WORDS_WATCHED.count; i++)
        watched |= (line->watch.watched & PL_WORDS_WATCHED.items[i].value) != 0 ? 1u << i : 0;
    if (!line->watch_given) {
        pl_buffer_add_text(out, "No watch is declared for when it is live.\n");
        return;
    }
    pl_buffer_add_text(out, "Once live it is watched: ");
    add_chosen(out, &PL_WORDS_WATCHED, watched);
    pl_buffer_add_format(out, ", over windows of %.10g minutes.\n",
                         (double)line->watch.window_ms / 60e3);
}

void pl_line_explain(const struct pl_line *line, struct pl_buffer *out)
{
    explain_feature(line, out);
    explain_risk(line, out);
    explain_data(line, out);
    explain_limits(line, out);
    if (pl_line_is_judged(line)) {
        explain_evidence(line, out);
        explain_release(line, out);
    }
    explain_launch(line, out);
    explain_watch(line, out);
    pl_serving_explain(line, out);
}
