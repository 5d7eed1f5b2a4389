/* Suites of evals as CSV (RFC 4180): a row for each suite, measure and slice. */
#include "report/evals.h"
#include "report/wording.h"

#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)

/* In quotes always. A cell that a spreadsheet would take for a formula gets an apostrophe. */
static void add_cell(struct pl_buffer *out, struct pl_str text)
{
    static const char FORMULA[] = "=+-@\t\r";

    pl_buffer_add_char(out, '"');
    for (size_t i = 0; text.len > 0 && i < sizeof FORMULA - 1; i++)
        if (text.ptr[0] == FORMULA[i])
            pl_buffer_add_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            pl_buffer_add_char(out, '"');
        pl_buffer_add_char(out, text.ptr[i]);
    }
    pl_buffer_add_char(out, '"');
}

static void add_number(struct pl_buffer *out, bool is_known, double value)
{
    char text[32];

    pl_buffer_add_char(out, ',');
    if (!is_known)
        return;
    pl_json_format_double(value, text);
    pl_buffer_add_text(out, text);
}

static bool is_finite(double value)
{
    return value - value == 0.0;
}

static void add_row(const struct pl_suite_judged *judged, const struct pl_slice *slice,
                    size_t metric, struct pl_buffer *part, struct pl_buffer *out)
{
    const struct pl_estimate *estimate = &slice->estimates[metric];
    const bool is_known = estimate->status != PL_ESTIMATE_UNDEFINED;

    add_cell(out, judged->suite->name);
    pl_buffer_add_char(out, ',');
    add_cell(out, judged->measured->metrics[metric].name);
    pl_buffer_add_char(out, ',');
    pl_slice_words(judged->measured, slice, part);
    add_cell(out, pl_buffer_view(part));
    pl_buffer_reset(part);
    add_number(out, is_known, estimate->value);
    add_number(out, is_known && is_finite(estimate->low), estimate->low);
    add_number(out, is_known && is_finite(estimate->high), estimate->high);
    pl_buffer_add_format(out, ",%llu,%s\r\n", (unsigned long long)estimate->n,
                         pl_estimate_status_name(estimate->status));
}

static void add_suite(const struct pl_suite_judged *judged, struct pl_buffer *part,
                      struct pl_buffer *out)
{
    const struct pl_measured *measured = judged->measured;

    for (size_t m = 0; m < measured->metrics_count; m++) {
        add_row(judged, &measured->overall, m, part, out);
        for (size_t g = 0; g < measured->groupings_count; g++)
            for (size_t s = 0; s < measured->groupings[g].slices_count; s++)
                add_row(judged, &measured->groupings[g].slices[s], m, part, out);
    }
}

void pl_evals_csv(const struct pl_evals_result *result, struct pl_style style,
                  struct pl_buffer *out)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer part = {0};

    (void)style;
    pl_buffer_init(&part, PART_SIZE_BYTES_MAX);
    pl_buffer_add_text(out, "suite,measure,slice,value,low,high,n,status\r\n");
    for (size_t i = 0; i < result->suites_count; i++)
        add_suite(result->suites[i], &part, out);
}
