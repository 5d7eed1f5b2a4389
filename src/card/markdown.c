/*
 * A card as Markdown: a table of sections, each written when the document has what it shows. So an
 * audience that is not to see a part has no empty heading of it.
 */
#include "card/card.h"
#include "card/words.h"
#include "report/markdown.h"

#include <assert.h>

#define PICTURE_SIZE_BYTES_MAX 64

static void add_line(struct pl_buffer *out, const char *label, struct pl_str text)
{
    if (text.len == 0)
        return;
    pl_buffer_add_format(out, "**%s** ", label);
    pl_markdown_text(out, text);
    pl_buffer_add_text(out, "\n\n");
}

static void add_list(struct pl_buffer *out, const struct pl_body *list)
{
    for (size_t i = 0; i < list->count; i++) {
        pl_buffer_add_text(out, "- ");
        pl_markdown_text(out, pl_body_text(&list->items[i]));
        pl_buffer_add_char(out, '\n');
    }
    pl_buffer_add_char(out, '\n');
}

static void add_omitted(struct pl_buffer *out, const struct pl_body *count, const char *what)
{
    if (pl_body_count(count) == 0)
        return;
    pl_count_write(out, pl_body_count(count));
    pl_buffer_add_format(out, " more %s did not fit into the record.\n\n", what);
}

static void write_verdict(const struct pl_body *card, struct pl_buffer *out)
{
    const struct pl_body *verdict = pl_body_get(card, "verdict");
    const struct pl_body *reasons = pl_body_get(verdict, "reasons");
    const struct pl_str name = pl_body_text(pl_body_get(verdict, "verdict"));
    const struct pl_str but_for_card = pl_body_text(pl_body_get(verdict, "but_for_card"));

    pl_buffer_add_text(out, "**");
    pl_card_verdict_words(but_for_card, true, out);
    pl_buffer_add_text(out, "**");
    if (!pl_str_equal(name, but_for_card)) {
        pl_buffer_add_text(out, "; on the record as ");
        pl_card_verdict_words(name, false, out);
        pl_buffer_add_text(out, " only for want of this card");
    }
    pl_buffer_add_format(out, ". Judged on %.*s, block %llu of the ledger.\n\n",
                         PL_STR_ARG(pl_body_text(pl_body_get(card, "date"))),
                         (unsigned long long)pl_body_count(pl_body_get(verdict, "block")));
    for (size_t i = 0; i < reasons->count; i++) {
        if (pl_body_member_is(&reasons->items[i], "need", "card"))
            continue;
        pl_buffer_add_text(out, "- ");
        pl_markdown_text(out, pl_body_text(pl_body_get(&reasons->items[i], "text")));
        pl_buffer_add_char(out, '\n');
    }
    pl_buffer_add_char(out, '\n');
}

static void write_purpose(const struct pl_body *purpose, struct pl_buffer *out)
{
    const struct pl_body *excluded = pl_body_get(purpose, "out_of_scope");

    add_line(out, "Intended:", pl_body_text(pl_body_get(purpose, "intended")));
    if (pl_body_text(pl_body_get(purpose, "intended")).len == 0)
        pl_buffer_add_text(out, "The line declares no intended use.\n\n");
    if (excluded->count == 0)
        return;
    pl_buffer_add_text(out, "**Not for:**\n\n");
    add_list(out, excluded);
}

static void write_limitations(const struct pl_body *purpose, struct pl_buffer *out)
{
    const struct pl_body *limitations = pl_body_get(purpose, "limitations");

    if (limitations->count == 0)
        pl_buffer_add_text(out, "The line declares none.\n\n");
    else
        add_list(out, limitations);
}

static void write_risk(const struct pl_body *risk, struct pl_buffer *out)
{
    double scale = 0.0;

    pl_buffer_add_format(out, "Severity %.*s, reversibility %.*s, users %.*s",
                         PL_STR_ARG(pl_body_text(pl_body_get(risk, "severity"))),
                         PL_STR_ARG(pl_body_text(pl_body_get(risk, "reversibility"))),
                         PL_STR_ARG(pl_body_text(pl_body_get(risk, "users"))));
    if (pl_body_number(pl_body_get(risk, "scale_per_year"), &scale)) {
        pl_buffer_add_text(out, ", ");
        pl_count_write(out, (uint64_t)scale);
        pl_buffer_add_text(out, " decisions a year");
    }
    pl_buffer_add_text(out, pl_body_is_true(pl_body_get(risk, "declared"))
                                ? ".\n\n"
                                : " (taken, as the line declares no risk).\n\n");
}

static void write_data(const struct pl_body *data, struct pl_buffer *out)
{
    const struct pl_str hash = pl_body_text(pl_body_get(data, "hash"));

    pl_markdown_text(out, pl_body_text(pl_body_get(data, "source")));
    pl_buffer_add_text(out, ": ");
    pl_card_count_words(pl_body_get(data, "decisions"), out);
    pl_buffer_add_text(out, " decisions; ");
    pl_card_count_words(pl_body_get(data, "unlabelled"), out);
    pl_buffer_add_text(out, " without a label, ");
    pl_card_count_words(pl_body_get(data, "unpredicted"), out);
    pl_buffer_add_text(out, " without a score or prediction.\n\n");
    if (hash.len > 0)
        pl_buffer_add_format(out, "BLAKE2b-256 (%.*s): `%.*s`\n\n",
                             PL_STR_ARG(pl_body_text(pl_body_get(data, "hashed"))),
                             PL_STR_ARG(hash));
}

/* For the public: the limit and how it stands. */
static void write_brief_findings(const struct pl_body *findings, struct pl_buffer *out)
{
    pl_buffer_add_text(out, "| state | limit |\n|---|---|\n");
    for (size_t i = 0; i < findings->count; i++) {
        pl_buffer_add_format(
            out, "| %s | ",
            pl_card_state_words(pl_body_text(pl_body_get(&findings->items[i], "state"))));
        pl_markdown_text(out, pl_body_text(pl_body_get(&findings->items[i], "limit")));
        pl_buffer_add_text(out, " |\n");
    }
    pl_buffer_add_char(out, '\n');
}

static void write_finding(const struct pl_body *finding, struct pl_buffer *out)
{
    const struct pl_body *against = pl_body_get(finding, "against");
    const enum pl_figure figure = pl_card_finding_figure(finding);

    pl_buffer_add_format(out, "| %s | ",
                         pl_card_state_words(pl_body_text(pl_body_get(finding, "state"))));
    pl_markdown_text(out, pl_body_text(pl_body_get(finding, "limit")));
    pl_buffer_add_text(out, " | ");
    if (!pl_body_is_null(pl_body_get(finding, "slice")))
        pl_card_slice_words(pl_body_get(finding, "slice"), out);
    if (against->kind == PL_BODY_OBJECT) {
        pl_buffer_add_text(out, " against ");
        pl_card_slice_words(against, out);
    }
    pl_buffer_add_text(out, " | ");
    pl_card_value_words(finding, figure, out);
    pl_buffer_add_text(out, " | ");
    pl_card_interval_words(finding, figure, out);
    pl_buffer_add_text(out, " | ");
    pl_card_count_words(pl_body_get(finding, "n"), out);
    pl_buffer_add_text(out, " |\n");
}

static void write_findings(const struct pl_body *card, struct pl_buffer *out)
{
    const struct pl_body *findings = pl_body_get(card, "findings");

    if (findings->count == 0) {
        pl_buffer_add_text(out, "The line sets no limits.\n\n");
        return;
    }
    if (pl_body_is_null(pl_body_get(&findings->items[0], "slice"))) {
        write_brief_findings(findings, out);
        return;
    }
    pl_buffer_add_text(out, "| state | limit | decided by | value | interval | n |\n"
                            "|---|---|---|--:|--:|--:|\n");
    for (size_t i = 0; i < findings->count; i++)
        write_finding(&findings->items[i], out);
    pl_buffer_add_char(out, '\n');
    add_omitted(out, pl_body_get(card, "findings_omitted"), "limits");
}

static void write_notes(const struct pl_body *findings, struct pl_buffer *out)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct pl_body *note = pl_body_get(&findings->items[i], "note");

        if (note->kind != PL_BODY_OBJECT)
            continue;
        pl_buffer_add_text(out, "> ");
        pl_markdown_text(out, pl_body_text(pl_body_get(note, "text")));
        pl_buffer_add_text(out, "\n\n");
    }
}

static void write_impacts(const struct pl_body *slices, struct pl_buffer *out)
{
    bool any = false;

    for (size_t i = 0; i < slices->count; i++) {
        const struct pl_body *impacts = pl_body_get(&slices->items[i], "impact_ratios");

        for (size_t m = 0; m < impacts->count; m++) {
            double ratio = 0.0;

            if (!pl_body_number(&impacts->items[m], &ratio))
                continue;
            if (!any)
                pl_buffer_add_text(out, "| impact ratio of | group | ratio |\n|---|---|--:|\n");
            any = true;
            pl_buffer_add_text(out, "| ");
            pl_markdown_text(out, impacts->items[m].key);
            pl_buffer_add_text(out, " | ");
            pl_card_slice_words(pl_body_get(&slices->items[i], "slice"), out);
            pl_buffer_add_format(out, " | %.3f |\n", ratio);
        }
    }
    if (any)
        pl_buffer_add_char(out, '\n');
}

static void write_audit(const struct pl_body *card, struct pl_buffer *out)
{
    const struct pl_body *audit = pl_body_get(card, "bias_audit");
    const struct pl_str state = pl_body_text(pl_body_get(audit, "state"));

    if (pl_str_equal_text(state, "none"))
        pl_buffer_add_text(out,
                           "The line sets no limit between groups: there was no bias audit.\n\n");
    else
        pl_buffer_add_format(out, "%s: the limits between groups, as far as the worst of them.\n\n",
                             pl_card_state_words(state));
    add_list(out, pl_body_get(audit, "limits"));
    write_notes(pl_body_get(card, "findings"), out);
    write_impacts(pl_body_get(card, "slices"), out);
}

/* " (about 2 in 3)", for the public. */
static void write_picture(const struct pl_body *estimate, enum pl_figure figure,
                          struct pl_buffer *out)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer words = {0};
    double value = 0.0;

    pl_buffer_init(&words, PICTURE_SIZE_BYTES_MAX);
    if (figure == PL_FIGURE_PERCENT && pl_body_number(pl_body_get(estimate, "value"), &value) &&
        pl_one_in_write(&words, value))
        pl_buffer_add_format(out, " (%s)", words.ptr);
}

/* An estimate of `holder`, a slice or all decisions. For the public an estimate has no n of its own: that
   of its group stands there. */
static void write_estimate_row(const struct pl_body *holder, struct pl_str measure,
                               struct pl_buffer *out)
{
    const struct pl_body *estimate = pl_body_get(pl_body_get(holder, "measures"), measure.ptr);
    const struct pl_body *n = pl_body_get(estimate, "n");
    const enum pl_figure figure = pl_figure_of(measure);

    pl_card_value_words(estimate, figure, out);
    if (pl_body_is_null(n))
        write_picture(estimate, figure, out);
    if (pl_body_member_is(estimate, "status", "too_small"))
        pl_buffer_add_text(out, " (too small to judge)");
    pl_buffer_add_text(out, " | ");
    pl_card_interval_words(estimate, figure, out);
    pl_buffer_add_text(out, " | ");
    pl_card_count_words(pl_body_is_null(n) ? pl_body_get(holder, "n") : n, out);
    pl_buffer_add_text(out, " |\n");
}

static void write_overall(const struct pl_body *overall, struct pl_buffer *out)
{
    const struct pl_body *measures = pl_body_get(overall, "measures");

    pl_buffer_add_text(out, "| measure | value | interval | n |\n|---|--:|--:|--:|\n");
    for (size_t i = 0; i < measures->count; i++) {
        pl_buffer_add_text(out, "| ");
        pl_markdown_text(out, measures->items[i].key);
        pl_buffer_add_text(out, " | ");
        write_estimate_row(overall, measures->items[i].key, out);
    }
    pl_buffer_add_char(out, '\n');
}

static void write_measure_by_slice(const struct pl_body *slices, struct pl_str measure,
                                   struct pl_buffer *out)
{
    pl_buffer_add_text(out, "### ");
    pl_markdown_text(out, measure);
    pl_buffer_add_text(out, "\n\n| group | value | interval | n |\n|---|--:|--:|--:|\n");
    for (size_t i = 0; i < slices->count; i++) {
        pl_buffer_add_text(out, "| ");
        pl_card_slice_words(pl_body_get(&slices->items[i], "slice"), out);
        pl_buffer_add_text(out, " | ");
        write_estimate_row(&slices->items[i], measure, out);
    }
    pl_buffer_add_char(out, '\n');
}

/* On the public's card. */
static void add_left_out(struct pl_buffer *out, const struct pl_body *segments)
{
    for (size_t i = 0; i < segments->count; i++) {
        pl_markdown_text(out, pl_body_text(&segments->items[i]));
        pl_buffer_add_text(out, " divides another segment further, and is left out.\n\n");
    }
}

static void write_slices(const struct pl_body *card, struct pl_buffer *out)
{
    const struct pl_body *slices = pl_body_get(card, "slices");
    const struct pl_body *measures =
        pl_body_get(slices->count == 0 ? slices : &slices->items[0], "measures");

    if (slices->count == 0)
        pl_buffer_add_text(out, "The line names no segments.\n\n");
    for (size_t i = 0; i < measures->count; i++)
        write_measure_by_slice(slices, measures->items[i].key, out);
    add_omitted(out, pl_body_get(card, "slices_omitted"), "groups");
    add_left_out(out, pl_body_get(pl_body_get(card, "data"), "segments_left_out"));
}

static void write_launch(const struct pl_body *launch, struct pl_buffer *out)
{
    const struct pl_body *slices = pl_body_get(launch, "slices");

    pl_buffer_add_text(out, "| slice | verdict | n |\n|---|---|--:|\n");
    for (size_t i = 0; i < slices->count; i++) {
        pl_buffer_add_text(out, "| ");
        pl_card_slice_words(pl_body_get(&slices->items[i], "slice"), out);
        pl_buffer_add_text(out, " | ");
        pl_card_verdict_words(pl_body_text(pl_body_get(&slices->items[i], "verdict")), false, out);
        pl_buffer_add_text(out, " | ");
        pl_card_count_words(pl_body_get(&slices->items[i], "n"), out);
        pl_buffer_add_text(out, " |\n");
    }
    pl_buffer_add_char(out, '\n');
}

static void write_sign_offs(const struct pl_body *signs, struct pl_buffer *out)
{
    if (signs->count == 0)
        pl_buffer_add_text(out, "None is on the record.\n\n");
    else
        pl_buffer_add_text(out, "| date | as | by | why | counts | block |\n"
                                "|---|---|---|---|---|--:|\n");
    for (size_t i = 0; i < signs->count; i++) {
        static const char *const TEXTS[] = {"date", "role", "name", "reason"};
        const struct pl_body *one = &signs->items[i];

        for (size_t t = 0; t < sizeof TEXTS / sizeof *TEXTS; t++) {
            pl_buffer_add_text(out, "| ");
            pl_markdown_text(out, pl_body_text(pl_body_get(one, TEXTS[t])));
            pl_buffer_add_char(out, ' ');
        }
        pl_buffer_add_format(out, "| %s | %llu |\n",
                             pl_body_is_true(pl_body_get(one, "current")) ? "yes" : "expired",
                             (unsigned long long)pl_body_count(pl_body_get(one, "block")));
    }
    if (signs->count > 0)
        pl_buffer_add_char(out, '\n');
}

static void write_history(const struct pl_body *card, struct pl_buffer *out)
{
    const struct pl_body *history = pl_body_get(card, "history");

    pl_buffer_add_text(out, "| date | verdict | allowed | line | data | block |\n"
                            "|---|---|---|---|---|--:|\n");
    for (size_t i = 0; i < history->count; i++) {
        const struct pl_body *one = &history->items[i];

        pl_buffer_add_format(out, "| %.*s | ", PL_STR_ARG(pl_body_text(pl_body_get(one, "date"))));
        pl_card_verdict_words(pl_body_text(pl_body_get(one, "verdict")), false, out);
        pl_buffer_add_format(out, " | %s | `%.12s` | `%.12s` | %llu |\n",
                             pl_body_is_true(pl_body_get(one, "allowed")) ? "yes" : "no",
                             pl_body_text(pl_body_get(one, "line_hash")).ptr,
                             pl_body_text(pl_body_get(one, "data_hash")).ptr,
                             (unsigned long long)pl_body_count(pl_body_get(one, "block")));
    }
    pl_buffer_add_char(out, '\n');
    if (pl_body_count(pl_body_get(card, "history_omitted")) > 0)
        pl_buffer_add_format(
            out, "%llu older verdicts are in the ledger.\n\n",
            (unsigned long long)pl_body_count(pl_body_get(card, "history_omitted")));
}

static void write_definition(const struct pl_body *measure, struct pl_buffer *out)
{
    static const char *const PARTS[] = {"summary", "formula", "interval", "source"};

    pl_buffer_add_text(out, "| ");
    pl_markdown_text(out, measure->key);
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        pl_buffer_add_text(out, " | ");
        pl_markdown_text(out, pl_body_text(pl_body_get(measure, PARTS[i])));
    }
    pl_buffer_add_text(out, " |\n");
}

/* For the public: what each measure says. */
static void write_brief_method(const struct pl_body *measures, struct pl_buffer *out)
{
    for (size_t i = 0; i < measures->count; i++) {
        pl_buffer_add_text(out, "- **");
        pl_markdown_text(out, measures->items[i].key);
        pl_buffer_add_text(out, "**: ");
        pl_markdown_text(out, pl_body_text(pl_body_get(&measures->items[i], "summary")));
        pl_buffer_add_char(out, '\n');
    }
    pl_buffer_add_text(out,
                       "\nFigures about fewer than 10 people are suppressed, and with them as many "
                       "others that they cannot be worked out.\n\n");
}

static void write_method(const struct pl_body *method, struct pl_buffer *out)
{
    const struct pl_body *measures = pl_body_get(method, "measures");
    double confidence = 0.0;

    if (!pl_body_number(pl_body_get(method, "confidence"), &confidence)) {
        write_brief_method(measures, out);
        return;
    }
    pl_buffer_add_text(out, "Intervals hold with a confidence of ");
    pl_confidence_write(out, confidence);
    pl_buffer_add_text(out, "; those of limits are one-sided. Breaches are corrected for ");
    pl_card_count_words(pl_body_get(method, "family_size"), out);
    pl_buffer_add_text(out, " comparisons. Groups below ");
    pl_card_count_words(pl_body_get(method, "smallest_slice"), out);
    pl_buffer_add_format(out, " decisions are listed and not judged. Seed %llu, Plimsoll %.*s.\n\n",
                         (unsigned long long)pl_body_count(pl_body_get(method, "seed")),
                         PL_STR_ARG(pl_body_text(pl_body_get(method, "version"))));
    pl_buffer_add_text(out, "| measure | what it says | formula | interval | source |\n"
                            "|---|---|---|---|---|\n");
    for (size_t i = 0; i < measures->count; i++)
        write_definition(&measures->items[i], out);
    pl_buffer_add_char(out, '\n');
}

static void write_hashes(const struct pl_body *hashes, struct pl_buffer *out)
{
    pl_buffer_add_text(out, "| of | BLAKE2b-256, or key |\n|---|---|\n");
    for (size_t i = 0; i < hashes->count; i++) {
        if (hashes->items[i].kind != PL_BODY_TEXT)
            continue;
        pl_buffer_add_text(out, "| ");
        pl_card_verdict_words(hashes->items[i].key, false, out);
        pl_buffer_add_format(out, " | `%s` |\n", hashes->items[i].text.ptr);
    }
    pl_buffer_add_char(out, '\n');
}

/* The records as they stand: indented, so that nothing in them is read as Markdown. */
static void write_extract(const struct pl_body *records, struct pl_buffer *out)
{
    for (size_t i = 0; i < records->count; i++) {
        pl_buffer_add_text(out, "    ");
        pl_buffer_add(out, pl_body_text(&records->items[i]));
        pl_buffer_add_char(out, '\n');
    }
    pl_buffer_add_char(out, '\n');
}

static void write_steps(const struct pl_body *steps, struct pl_buffer *out)
{
    for (size_t i = 0; i < steps->count; i++) {
        pl_buffer_add_format(out, "%zu. ", i + 1);
        pl_markdown_text(out, pl_body_text(&steps->items[i]));
        pl_buffer_add_char(out, '\n');
    }
    pl_buffer_add_char(out, '\n');
}

/* In their order. `whole` writers get the card, the others its member `key`. */
static const struct section {
    const char *name; /* as packs call it */
    const char *title;
    const char *key;
    bool whole;
    void (*write)(const struct pl_body *body, struct pl_buffer *out);
} SECTIONS[] = {
    {"verdict", "Verdict", "verdict", true, write_verdict},
    {"purpose", "Use", "purpose", false, write_purpose},
    {"limitations", "Limitations", "purpose", false, write_limitations},
    {"risk", "Risk", "risk", false, write_risk},
    {"data", "Data", "data", false, write_data},
    {"limits", "Limits", "findings", true, write_findings},
    {"bias_audit", "Bias audit", "bias_audit", true, write_audit},
    {"launch", "Launch by slice", "launch", false, write_launch},
    {"measures", "Measures", "overall", false, write_overall},
    {"groups", "Measures by group", "slices", true, write_slices},
    {"sign_offs", "Sign-offs", "sign_offs", false, write_sign_offs},
    {"history", "Verdicts so far", "history", true, write_history},
    {"method", "Method", "method", false, write_method},
    {"hashes", "Hashes", "hashes", false, write_hashes},
    {"extract", "Ledger extract", "ledger_extract", false, write_extract},
    {"verification", "How to verify", "verification", false, write_steps},
};
#define SECTIONS_COUNT (sizeof SECTIONS / sizeof *SECTIONS)

static void write_section(const struct section *section, const struct pl_body *card,
                          struct pl_buffer *out)
{
    section->write(section->whole ? card : pl_body_get(card, section->key), out);
}

static const struct section *section_of(struct pl_str name)
{
    size_t at = 0;

    while (at < SECTIONS_COUNT && !pl_str_equal_text(name, SECTIONS[at].name))
        at++;
    assert(at < SECTIONS_COUNT);
    return &SECTIONS[at];
}

void pl_card_section(const struct pl_body *card, struct pl_str name, struct pl_buffer *out)
{
    const struct section *section = section_of(name);

    if (!pl_body_is_null(pl_body_get(card, section->key)))
        write_section(section, card, out);
}

struct pl_card_section_about pl_card_section_about(struct pl_str name)
{
    const struct section *section = section_of(name);

    return (struct pl_card_section_about){section->title, section->key};
}

static void write_head(const struct pl_body *card, struct pl_buffer *out)
{
    const struct pl_str owner = pl_body_text(pl_body_get(card, "owner"));

    pl_buffer_add_text(out, "# Model card: ");
    pl_markdown_text(out, pl_body_text(pl_body_get(card, "title")));
    pl_buffer_add_text(out, "\n\n`");
    pl_buffer_add(out, pl_body_text(pl_body_get(card, "feature")));
    pl_buffer_add_char(out, '`');
    if (owner.len > 0) {
        pl_buffer_add_text(out, ", owned by ");
        pl_markdown_text(out, owner);
    }
    pl_buffer_add_format(out, "; for the %.*s.\n\n",
                         PL_STR_ARG(pl_body_text(pl_body_get(card, "audience"))));
}

void pl_card_markdown(const struct pl_body *card, struct pl_buffer *out)
{
    write_head(card, out);
    for (size_t i = 0; i < SECTIONS_COUNT; i++) {
        if (pl_body_is_null(pl_body_get(card, SECTIONS[i].key)))
            continue;
        pl_buffer_add_format(out, "## %s\n\n", SECTIONS[i].title);
        write_section(&SECTIONS[i], card, out);
    }
}
