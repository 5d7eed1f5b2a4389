/* The figures of ll144.c as the page that the law wants published. What rounds, rounds here. */
#include "card/pack.h"
#include "card/words.h"
#include "report/markdown.h"

/* What a rate is called, and those it counts. */
static const struct rate {
    const char *measure;
    const char *title;
    const char *chosen;
} RATES[] = {
    {"selection_rate", "Selection rate", "selected"},
    {"scoring_rate", "Scoring rate", "above the median score"},
};
#define RATES_COUNT (sizeof RATES / sizeof *RATES)

static bool has_status(const struct pl_body *table, const char *status)
{
    const struct pl_body *categories = pl_body_get(table, "categories");

    for (size_t i = 0; i < categories->count; i++)
        if (pl_body_member_is(&categories->items[i], "status", status))
            return true;
    return false;
}

static void write_ratio(const struct pl_body *category, struct pl_buffer *out)
{
    double ratio = 0.0;

    if (pl_body_number(pl_body_get(category, "impact_ratio"), &ratio))
        pl_buffer_add_format(out, "%.3f", ratio);
    else if (pl_body_member_is(category, "status", "under_share"))
        pl_buffer_add_text(out, "under 2 %");
    else
        pl_buffer_add_text(out, "–");
}

static void write_category(const struct pl_body *category, const struct pl_body *by,
                           struct pl_buffer *out)
{
    const struct pl_body *slice = pl_body_get(category, "slice");
    const uint64_t n = pl_body_count(pl_body_get(category, "n"));
    const uint64_t chosen = pl_body_count(pl_body_get(category, "chosen"));

    pl_buffer_add_text(out, "| ");
    for (size_t i = 0; i < by->count; i++) {
        pl_markdown_text(out, pl_body_text(pl_body_get(slice, pl_body_text(&by->items[i]).ptr)));
        pl_buffer_add_text(out, " | ");
    }
    pl_count_write(out, n);
    pl_buffer_add_text(out, " | ");
    pl_count_write(out, chosen);
    if (n == 0)
        pl_buffer_add_text(out, " | –");
    else
        pl_buffer_add_format(out, " | %.1f %%", 100.0 * (double)chosen / (double)n);
    pl_buffer_add_text(out, " | ");
    write_ratio(category, out);
    pl_buffer_add_text(out, " |\n");
}

static void write_titles(const struct pl_body *by, const struct rate *rate, struct pl_buffer *out)
{
    for (size_t i = 0; i < by->count; i++)
        pl_buffer_add_format(out, "| %.*s ", PL_STR_ARG(pl_body_text(&by->items[i])));
    pl_buffer_add_format(out, "| candidates | %s | %s | impact ratio |\n|", rate->chosen,
                         rate->measure);
    for (size_t i = 0; i < by->count; i++)
        pl_buffer_add_text(out, "---|");
    pl_buffer_add_text(out, "--:|--:|--:|--:|\n");
}

static void write_categories(const struct pl_body *table, const struct rate *rate,
                             struct pl_buffer *out)
{
    const struct pl_body *by = pl_body_get(table, "by");
    const struct pl_body *categories = pl_body_get(table, "categories");

    write_titles(by, rate, out);
    for (size_t i = 0; i < categories->count; i++)
        write_category(&categories->items[i], by, out);
    pl_buffer_add_text(out, "\nNot in the table, since a category is not known: ");
    pl_count_write(out, pl_body_count(pl_body_get(table, "unknown")));
    pl_buffer_add_text(out, " candidates.\n\n");
}

static void write_table(const struct pl_body *table, const struct rate *rate, struct pl_buffer *out)
{
    const struct pl_body *by = pl_body_get(table, "by");

    pl_buffer_add_format(out, "### %s by ", rate->title);
    for (size_t i = 0; i < by->count; i++)
        pl_buffer_add_format(out, "%s%.*s", i == 0 ? "" : " and ",
                             PL_STR_ARG(pl_body_text(&by->items[i])));
    pl_buffer_add_text(out, "\n\n");
    if (pl_body_get(table, "categories")->count > 0)
        write_categories(table, rate, out);
    else
        pl_buffer_add_text(out,
                           "> **Missing.** The record has no such categories: a limit of the "
                           "line has to name them in its `by`, and the gate to be run again.\n\n");
}

static void write_tables(const struct pl_body *tables, struct pl_buffer *out)
{
    const struct rate *last = NULL;

    for (size_t i = 0; i < tables->count; i++)
        for (size_t r = 0; r < RATES_COUNT; r++) {
            if (!pl_body_member_is(&tables->items[i], "rate", RATES[r].measure))
                continue;
            if (last != &RATES[r])
                pl_buffer_add_format(out, "## %s\n\n", RATES[r].title);
            last = &RATES[r];
            write_table(&tables->items[i], &RATES[r], out);
        }
}

static void write_data(const struct pl_body *pack, struct pl_buffer *out)
{
    const struct pl_body *data = pl_body_get(pack, "data");
    const struct pl_str hash = pl_body_text(pl_body_get(data, "hash"));

    pl_buffer_add_text(out, "- Source of the data: ");
    pl_markdown_text(out, pl_body_text(pl_body_get(data, "source")));
    pl_buffer_add_text(out, ", ");
    pl_card_count_words(pl_body_get(data, "decisions"), out);
    pl_buffer_add_text(out, " candidates, ");
    pl_card_count_words(pl_body_get(data, "unpredicted"), out);
    pl_buffer_add_text(out, " of them without a score or decision");
    if (hash.len > 0)
        pl_buffer_add_format(out, "; BLAKE2b-256 `%.*s`", PL_STR_ARG(hash));
    pl_buffer_add_text(out, "\n- Explanation of the data: **to be written by a person**: whose "
                            "candidates, of when, and why these data if they are not the "
                            "employer's own\n");
}

/* 6 RCNY § 5-301(d) wants the auditor to say why. */
static void write_justification(const struct pl_body *pack, struct pl_buffer *out)
{
    const struct pl_body *tables = pl_body_get(pack, "tables");
    bool any = false;

    for (size_t i = 0; i < tables->count; i++)
        any = any || has_status(&tables->items[i], "under_share");
    if (any)
        pl_buffer_add_text(out, "- Why categories below 2 % are left out of the ratios: **to be "
                                "written by the auditor**\n");
    pl_buffer_add_char(out, '\n');
}

static void write_head(const struct pl_body *pack, struct pl_buffer *out)
{
    const struct pl_str distributed = pl_body_text(pl_body_get(pack, "distributed"));

    pl_buffer_add_text(out, "# Summary of the bias audit: ");
    pl_markdown_text(out, pl_body_text(pl_body_get(pack, "title")));
    pl_buffer_add_text(out, "\n\nUnder Local Law 144 of 2021 of the City of New York and 6 RCNY "
                            "§ 5-300 to 5-304.\n\n");
    pl_buffer_add_format(out, "- Date of the audit: %.*s\n",
                         PL_STR_ARG(pl_body_text(pl_body_get(pack, "date"))));
    if (distributed.len > 0)
        pl_buffer_add_format(out, "- Distribution date of the tool: %.*s\n",
                             PL_STR_ARG(distributed));
    else
        pl_buffer_add_text(out, "- Distribution date of the tool: **to be written** "
                                "(`--distributed DATE`)\n");
    write_data(pack, out);
    write_justification(pack, out);
}

static void write_rules(struct pl_buffer *out)
{
    pl_buffer_add_text(
        out,
        "## How it was computed\n\n"
        "The rate of a category is the part of its candidates that was chosen. Its impact ratio is "
        "its rate over the highest rate of all categories of the table. Categories with less than "
        "2 % of the candidates of the table are shown with their figures and take no part in the "
        "ratios (§ 5-301(d)); candidates whose category is not known are counted and take no part. "
        "Ratios are computed from the counts; rounding is in what is shown only.\n\n");
}

void pl_card_ll144_page(const struct pl_body *pack, struct pl_buffer *out)
{
    write_head(pack, out);
    write_tables(pl_body_get(pack, "tables"), out);
    write_rules(out);
}
