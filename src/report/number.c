/*
 * Figures for people. The names of the measures decide how a value is shown, by a small table of
 * exact names and endings; a measure that it does not know is in the units of its column.
 */
#include "report/number.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define ONE_IN_WHOLE_MAX  10
#define ONE_IN_TOLERANCE  0.05
#define ONE_IN_PREFERENCE 0.002

/* Exact names first, then endings; the first row that fits decides. */
static const struct {
    const char *name;
    bool ending;
    enum pl_figure figure;
} FIGURES[] = {
    {"count", false, PL_FIGURE_COUNT},
    {"share", false, PL_FIGURE_PERCENT},
    {"accuracy", true, PL_FIGURE_PERCENT},
    {"precision", false, PL_FIGURE_PERCENT},
    {"recall", false, PL_FIGURE_PERCENT},
    {"sensitivity", false, PL_FIGURE_PERCENT},
    {"specificity", false, PL_FIGURE_PERCENT},
    {"negative_predictive_value", false, PL_FIGURE_PERCENT},
    {"average_precision", false, PL_FIGURE_FRACTION},
    {"_precision", true, PL_FIGURE_PERCENT},
    {"_recall", true, PL_FIGURE_PERCENT},
    {"_rate", true, PL_FIGURE_PERCENT},
    {"average_odds", false, PL_FIGURE_PERCENT},
    {"treatment_equality", false, PL_FIGURE_FRACTION},
    {"generalized_entropy", false, PL_FIGURE_FRACTION},
    {"theil_index", false, PL_FIGURE_FRACTION},
    {"f1", false, PL_FIGURE_FRACTION},
    {"matthews_corrcoef", false, PL_FIGURE_FRACTION},
    {"roc_auc", false, PL_FIGURE_FRACTION},
    {"macro_roc_auc_ovr", false, PL_FIGURE_FRACTION},
    {"_f1", true, PL_FIGURE_FRACTION},
    {"cohen_kappa", false, PL_FIGURE_FRACTION},
    {"hamming_loss", false, PL_FIGURE_FRACTION},
    {"jaccard", false, PL_FIGURE_FRACTION},
    {"log_loss", false, PL_FIGURE_FRACTION},
    {"brier_score", false, PL_FIGURE_FRACTION},
    {"ks_separation", false, PL_FIGURE_FRACTION},
    {"calibration_error", false, PL_FIGURE_FRACTION},
    {"ecce", false, PL_FIGURE_FRACTION},
    {"multicalibration_error", false, PL_FIGURE_FRACTION},
    {"expected_cost", false, PL_FIGURE_FRACTION},
    {"conditional_demographic_disparity", false, PL_FIGURE_FRACTION},
    {"conditional_demographic_disparity_in_labels", false, PL_FIGURE_FRACTION},
    {"ndcg", false, PL_FIGURE_FRACTION},
    {"ndcg_exponential", false, PL_FIGURE_FRACTION},
    {"dcg", false, PL_FIGURE_FRACTION},
    {"mrr", false, PL_FIGURE_FRACTION},
    {"map", false, PL_FIGURE_FRACTION},
    {"exposure", false, PL_FIGURE_FRACTION},
    {"exposure_share", false, PL_FIGURE_PERCENT},
    {"exposure_to_relevance", false, PL_FIGURE_FRACTION},
};

enum pl_figure pl_figure_of(struct pl_str metric)
{
    const char *open = metric.len == 0 ? NULL : memchr(metric.ptr, '(', metric.len);
    const char *at = metric.len == 0 ? NULL : memchr(metric.ptr, '@', metric.len);
    /* recall(cat) and recall@10 are shown as recall is; the names of columns are no names of measures. */
    const char *end = open != NULL ? open : at;
    const struct pl_str stem = {metric.ptr, end == NULL ? metric.len : (size_t)(end - metric.ptr)};

    if (pl_str_starts_with(metric, PL_STR("rate(")))
        return PL_FIGURE_PERCENT;
    for (size_t i = 0; i < sizeof FIGURES / sizeof *FIGURES; i++) {
        const struct pl_str name = pl_str_of(FIGURES[i].name);

        if (FIGURES[i].ending ? pl_str_ends_with(stem, name) : pl_str_equal(stem, name))
            return FIGURES[i].figure;
    }
    return PL_FIGURE_PLAIN;
}

enum pl_figure pl_figure_of_difference(enum pl_figure figure)
{
    return figure == PL_FIGURE_PERCENT ? PL_FIGURE_POINTS : figure;
}

void pl_confidence_write(struct pl_buffer *out, double confidence)
{
    pl_buffer_add_format(out, "%.6g %%", 100.0 * confidence);
}

void pl_count_write(struct pl_buffer *out, uint64_t count)
{
    char digits[32];
    const int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);

    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            pl_buffer_add_char(out, ',');
        pl_buffer_add_char(out, digits[i]);
    }
}

/* One decimal, and more (to four) where one would turn a small rate into 0 or a large one into 100.
 */
static int percent_decimals(double percent)
{
    const double size = fabs(percent);
    double half = 0.05;

    for (int decimals = 1; decimals < 4; decimals++, half /= 10.0) {
        const bool lost = (size > 0.0 && size < half) || (size < 100.0 && size >= 100.0 - half);

        if (!lost)
            return decimals;
    }
    return 4;
}

/* Without "-0.0". */
static void write_decimals(struct pl_buffer *out, double value, int decimals)
{
    char text[400];

    (void)snprintf(text, sizeof text, "%.*f", decimals, value);
    pl_buffer_add_text(out, text[0] == '-' && strspn(text + 1, "0.") == strlen(text + 1) ? text + 1
                                                                                         : text);
}

/* The figure without its unit. */
static void write_bare(struct pl_buffer *out, enum pl_figure figure, double value)
{
    assert(isfinite(value));
    switch (figure) {
    case PL_FIGURE_PERCENT:
    case PL_FIGURE_POINTS:
        write_decimals(out, 100.0 * value, percent_decimals(100.0 * value));
        return;
    case PL_FIGURE_FRACTION:
        write_decimals(out, value, 3);
        return;
    case PL_FIGURE_COUNT:
        if (value >= 0.0 && value < 1e15) {
            pl_count_write(out, (uint64_t)(value + 0.5));
            return;
        }
        break;
    case PL_FIGURE_PLAIN:
        break;
    }
    pl_buffer_add_format(out, "%.6g", value);
}

void pl_figure_write(struct pl_buffer *out, enum pl_figure figure, double value)
{
    write_bare(out, figure, value);
    if (figure == PL_FIGURE_PERCENT)
        pl_buffer_add_text(out, " %");
    if (figure == PL_FIGURE_POINTS)
        pl_buffer_add_text(out, " points");
}

static void write_bound(struct pl_buffer *out, enum pl_figure figure, double bound)
{
    if (isfinite(bound))
        write_bare(out, figure, bound);
    else
        pl_buffer_add_text(out, "no bound");
}

void pl_interval_write(struct pl_buffer *out, enum pl_figure figure, double low, double high)
{
    pl_buffer_add_char(out, '[');
    write_bound(out, figure, low);
    pl_buffer_add_text(out, ", ");
    write_bound(out, figure, high);
    pl_buffer_add_char(out, ']');
}

/* How far a simple fraction is off, with a preference for those that are easier to picture. */
static double one_in_cost(double rate, int whole)
{
    const double part = floor(rate * whole + 0.5);
    const double off = fabs(part / whole - rate) / rate;

    return part < 1.0 || off > ONE_IN_TOLERANCE ? HUGE_VAL : off + ONE_IN_PREFERENCE * whole;
}

bool pl_one_in_write(struct pl_buffer *out, double rate)
{
    int best = 2;

    if (!(rate >= 0.001 && rate <= 0.9))
        return false;
    if (rate < 0.1) {
        pl_buffer_add_format(out, "about 1 in %.0f", 1.0 / rate);
        return true;
    }
    for (int whole = 3; whole <= ONE_IN_WHOLE_MAX; whole++)
        if (one_in_cost(rate, whole) < one_in_cost(rate, best))
            best = whole;
    if (one_in_cost(rate, best) >= HUGE_VAL)
        return false;
    pl_buffer_add_format(out, "about %.0f in %d", floor(rate * best + 0.5), best);
    return true;
}

void pl_bar_write(struct pl_buffer *out, double share, uint32_t columns)
{
    static const char *const EIGHTHS[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const double bounded = share < 0.0 ? 0.0 : share > 1.0 ? 1.0 : share;
    const uint32_t eighths = (uint32_t)(bounded * 8.0 * columns + 0.5);

    for (uint32_t i = 0; i < eighths / 8; i++)
        pl_buffer_add_text(out, "█");
    pl_buffer_add_text(out, EIGHTHS[eighths % 8]);
}
