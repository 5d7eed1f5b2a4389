/* Slices, estimates and verdicts of a card in words. */
#include "card/words.h"

#include "report/markdown.h"

#include <ctype.h>
#include <math.h>

void pl_card_slice_words(const struct pl_body *slice, struct pl_buffer *out)
{
    if (slice->count == 0)
        pl_buffer_add_text(out, "overall");
    for (size_t i = 0; i < slice->count; i++) {
        if (i > 0)
            pl_buffer_add_text(out, " × ");
        pl_markdown_text(out, slice->items[i].key);
        pl_buffer_add_char(out, '=');
        pl_markdown_text(out, pl_body_text(&slice->items[i]));
    }
}

void pl_card_value_words(const struct pl_body *estimate, enum pl_figure figure,
                         struct pl_buffer *out)
{
    double value = 0.0;

    if (pl_body_number(pl_body_get(estimate, "value"), &value)) {
        pl_figure_write(out, figure, value);
        return;
    }
    if (pl_body_member_is(estimate, "status", "suppressed")) {
        pl_buffer_add_text(out, "suppressed");
        return;
    }
    pl_buffer_add_text(out, "no data: ");
    pl_markdown_text(out, pl_body_text(pl_body_get(estimate, "reason")));
}

void pl_card_interval_words(const struct pl_body *estimate, enum pl_figure figure,
                            struct pl_buffer *out)
{
    double low = -HUGE_VAL;
    double high = HUGE_VAL;
    double value = 0.0;
    const bool has_low = pl_body_number(pl_body_get(estimate, "low"), &low);
    const bool has_high = pl_body_number(pl_body_get(estimate, "high"), &high);

    if ((has_low || has_high) && pl_body_number(pl_body_get(estimate, "value"), &value))
        pl_interval_write(out, figure, low, high);
}

enum pl_figure pl_card_finding_figure(const struct pl_body *finding)
{
    const struct pl_str comparator = pl_body_text(pl_body_get(finding, "comparator"));
    const enum pl_figure figure = pl_figure_of(pl_body_text(pl_body_get(finding, "metric")));

    if (pl_str_equal_text(comparator, "min") || pl_str_equal_text(comparator, "max"))
        return figure;
    if (pl_str_equal_text(comparator, "min_ratio") || pl_str_equal_text(comparator, "max_ratio") ||
        pl_str_equal_text(comparator, "max_ratio_to_overall"))
        return PL_FIGURE_FRACTION;
    return pl_figure_of_difference(figure);
}

void pl_card_verdict_words(struct pl_str verdict, bool capital, struct pl_buffer *out)
{
    for (size_t i = 0; i < verdict.len; i++) {
        const char c = verdict.ptr[i] == '_' ? ' ' : verdict.ptr[i];

        pl_buffer_add_char(out, i == 0 && capital ? (char)toupper((unsigned char)c) : c);
    }
}

void pl_card_count_words(const struct pl_body *count, struct pl_buffer *out)
{
    if (pl_body_is_null(count))
        pl_buffer_add_text(out, "suppressed");
    else
        pl_count_write(out, pl_body_count(count));
}

const char *pl_card_state_words(struct pl_str state)
{
    if (pl_str_equal_text(state, "clear"))
        return "● clear";
    return pl_str_equal_text(state, "breach") ? "✕ breach" : "◐ unproven";
}
