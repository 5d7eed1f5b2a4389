/*
 * Makes the document. What the line says stands beside what the record says; what is copied from the
 * record is copied as it stands.
 */
#include "card/card.h"

#include "card/public.h"
#include "measure/run.h"
#include "report/values.h"

#include <string.h>
#include <time.h>

const char *pl_card_audience_name(enum pl_card_audience audience)
{
    static const char *const NAMES[] = {
        [PL_CARD_PUBLIC] = "public",
        [PL_CARD_AUDITOR] = "auditor",
        [PL_CARD_REGULATOR] = "regulator",
    };

    return NAMES[audience];
}

void pl_card_date(uint64_t time_ms, char ret_text[32])
{
    const time_t seconds = (time_t)(time_ms / 1000);
    struct tm parts;

    ret_text[0] = '\0';
    if (gmtime_r(&seconds, &parts) != NULL)
        (void)strftime(ret_text, 32, "%Y-%m-%d", &parts);
}

static void member_date(struct pl_json *json, const char *key, uint64_t time_ms)
{
    char date[32];

    pl_card_date(time_ms, date);
    pl_json_member_text(json, key, date);
}

static void member_strs(struct pl_json *json, const char *key, struct pl_strs strs)
{
    pl_json_key(json, key);
    pl_json_open_array(json);
    for (size_t i = 0; i < strs.count; i++)
        pl_json_str(json, strs.items[i]);
    pl_json_close_array(json);
}

static void write_about(struct pl_json *json, const struct pl_card_source *source)
{
    const struct pl_line *line = source->line;

    pl_json_member_uint64(json, "plimsoll_card", 1);
    pl_json_member_text(json, "audience", pl_card_audience_name(source->audience));
    pl_json_member_str(json, "feature", line->feature);
    pl_json_member_str(json, "title", line->title);
    pl_json_member_str(json, "owner", line->owner);
    member_date(json, "date", source->verdict_time_ms);
    if (source->distributed != NULL)
        pl_json_member_text(json, "distributed", source->distributed);
    pl_json_key(json, "purpose");
    pl_json_open_object(json);
    pl_json_member_str(json, "intended", line->purpose.intended);
    member_strs(json, "out_of_scope", line->purpose.out_of_scope);
    member_strs(json, "limitations", line->purpose.limitations);
    pl_json_close_object(json);
}

static void write_risk(struct pl_json *json, const struct pl_risk *risk)
{
    pl_json_key(json, "risk");
    pl_json_open_object(json);
    pl_json_member_bool(json, "declared", risk->given);
    pl_json_member_text(json, "severity", pl_severity_name(risk->severity));
    pl_json_member_text(json, "reversibility", pl_reversibility_name(risk->reversibility));
    pl_json_member_text(json, "users", pl_users_name(risk->users));
    pl_json_key(json, "scale_per_year");
    if (risk->scale_per_year > 0.0)
        pl_json_double(json, risk->scale_per_year);
    else
        pl_json_null(json);
    pl_json_close_object(json);
}

static void write_segments(struct pl_json *json, const struct pl_data *data)
{
    pl_json_key(json, "segments");
    pl_json_open_array(json);
    for (size_t i = 0; i < data->segments_count; i++)
        pl_json_str(json, data->segments[i].name);
    pl_json_close_array(json);
}

/* For public.c to fill. */
static void write_none_left_out(struct pl_json *json)
{
    pl_json_key(json, "segments_left_out");
    pl_json_open_array(json);
    pl_json_close_array(json);
}

/* The path is as the line has it: where the program ran is nobody's business. */
static void write_data(struct pl_json *json, const struct pl_card_source *source)
{
    const struct pl_body *data = pl_body_get(source->verdict, "data");
    static const char *const COPIED[] = {"files", "size_bytes", "hash", "hashed"};

    pl_json_key(json, "data");
    pl_json_open_object(json);
    pl_json_member_str(json, "source", source->line->data.decisions);
    for (size_t i = 0; i < sizeof COPIED / sizeof *COPIED; i++)
        pl_body_write_member(json, data, COPIED[i]);
    pl_json_key(json, "decisions");
    pl_body_write(json, pl_body_get(pl_body_get(source->verdict, "overall"), "n"));
    pl_body_write_member(json, source->verdict, "unlabelled");
    pl_body_write_member(json, source->verdict, "unpredicted");
    pl_json_member_text(json, "task", pl_task_name(source->line->data.task));
    pl_json_member_bool(json, "weighted", source->line->data.weight.len > 0);
    pl_json_member_str(json, "where", source->line->data.where);
    write_segments(json, &source->line->data);
    if (source->audience == PL_CARD_PUBLIC)
        write_none_left_out(json);
    pl_json_close_object(json);
}

static void write_verdict(struct pl_json *json, const struct pl_card_source *source)
{
    static const char *const COPIED[] = {"verdict", "allowed", "but_for_card", "reasons",
                                         "reasons_omitted"};

    pl_json_key(json, "verdict");
    pl_json_open_object(json);
    for (size_t i = 0; i < sizeof COPIED / sizeof *COPIED; i++)
        pl_body_write_member(json, source->verdict, COPIED[i]);
    pl_json_member_uint64(json, "block", source->verdict_block);
    pl_json_member_uint64(json, "time_ms", source->verdict_time_ms);
    pl_json_close_object(json);
}

/* What a limit between groups says; the bias audit is made of these. */
static bool is_between_groups(const struct pl_body *finding)
{
    static const char *const WORDS[] = {"min_ratio", "max_ratio", "max_difference",
                                        "max_ratio_to_overall", "max_difference_to_overall"};

    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (pl_body_member_is(finding, "comparator", WORDS[i]))
            return true;
    return false;
}

/* The worst state: clear, unproven, breach; "none" without a limit between groups. */
static const char *audit_state(const struct pl_body *findings)
{
    static const char *const STATES[] = {"none", "clear", "unproven", "breach"};
    size_t worst = 0;

    for (size_t i = 0; i < findings->count; i++)
        for (size_t s = 1; s < sizeof STATES / sizeof *STATES; s++)
            if (is_between_groups(&findings->items[i]) && s > worst &&
                pl_body_member_is(&findings->items[i], "state", STATES[s]))
                worst = s;
    return STATES[worst];
}

static void write_bias_audit(struct pl_json *json, const struct pl_body *findings)
{
    pl_json_key(json, "bias_audit");
    pl_json_open_object(json);
    pl_json_member_text(json, "state", audit_state(findings));
    pl_json_key(json, "limits");
    pl_json_open_array(json);
    for (size_t i = 0; i < findings->count; i++)
        if (is_between_groups(&findings->items[i]))
            pl_body_write(json, pl_body_get(&findings->items[i], "limit"));
    pl_json_close_array(json);
    pl_json_close_object(json);
}

/* As the record has it. */
static void write_figures(struct pl_json *json, const struct pl_body *verdict)
{
    static const char *const COPIED[] = {"findings", "findings_omitted", "overall", "slices",
                                         "slices_omitted"};
    static const char *const OPTIONAL[] = {"launch", "baselines"};

    for (size_t i = 0; i < sizeof COPIED / sizeof *COPIED; i++)
        pl_body_write_member(json, verdict, COPIED[i]);
    for (size_t i = 0; i < sizeof OPTIONAL / sizeof *OPTIONAL; i++)
        if (!pl_body_is_null(pl_body_get(verdict, OPTIONAL[i])))
            pl_body_write_member(json, verdict, OPTIONAL[i]);
    write_bias_audit(json, pl_body_get(verdict, "findings"));
}

/* A measure by the name before its argument: quantile(latency_ms, 0.95) is "quantile(COLUMN, Q)". */
static bool is_row_of(struct pl_str measure, const char *row)
{
    const size_t stem = strcspn(row, "(@");

    return measure.len >= stem && strncmp(measure.ptr, row, stem) == 0 &&
           (measure.len == stem || measure.ptr[stem] == '(' || measure.ptr[stem] == '@');
}

static void write_definition(struct pl_json *json, struct pl_str measure)
{
    pl_json_key_str(json, measure);
    pl_json_open_object(json);
    for (size_t i = 0; i < pl_metric_help_count(); i++) {
        const struct pl_metric_help help = pl_metric_help_at(i);

        if (!is_row_of(measure, help.name))
            continue;
        pl_json_member_text(json, "summary", help.summary);
        pl_json_member_text(json, "formula", help.formula);
        pl_json_member_text(json, "interval", help.interval);
        pl_json_member_text(json, "source", help.source);
        break;
    }
    pl_json_close_object(json);
}

static void write_method(struct pl_json *json, const struct pl_card_source *source)
{
    static const char *const COPIED[] = {"confidence", "smallest_slice", "smallest_share",
                                         "missing",    "seed",           "family_size",
                                         "version"};
    const struct pl_body *measures =
        pl_body_get(pl_body_get(source->verdict, "overall"), "measures");

    pl_json_key(json, "method");
    pl_json_open_object(json);
    for (size_t i = 0; i < sizeof COPIED / sizeof *COPIED; i++)
        pl_body_write_member(json, source->verdict, COPIED[i]);
    if (source->line->data.score.len > 0 && source->line->data.task == PL_TASK_BINARY) {
        pl_json_member_double(json, "threshold", source->line->data.threshold);
    }
    pl_json_key(json, "measures");
    pl_json_open_object(json);
    for (size_t i = 0; i < measures->count; i++)
        write_definition(json, measures->items[i].key);
    pl_json_close_object(json);
    pl_json_close_object(json);
}

static void write_event(struct pl_json *json, const struct pl_card_event *event)
{
    pl_json_member_uint64(json, "block", event->block);
    member_date(json, "date", event->time_ms);
    pl_json_member_uint64(json, "time_ms", event->time_ms);
    pl_json_member_str(json, "line_hash", event->line_hash);
    pl_json_member_str(json, "data_hash", event->data_hash);
}

static void write_history(struct pl_json *json, const struct pl_card_events *verdicts)
{
    pl_json_key(json, "history");
    pl_json_open_array(json);
    for (size_t i = 0; i < verdicts->count; i++) {
        pl_json_open_object(json);
        pl_json_member_str(json, "verdict", verdicts->items[i].what);
        pl_json_member_bool(json, "allowed", verdicts->items[i].allowed);
        write_event(json, &verdicts->items[i]);
        pl_json_member_str(json, "version", verdicts->items[i].version);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
    pl_json_member_uint64(json, "history_omitted", verdicts->omitted);
}

static void write_sign_offs(struct pl_json *json, const struct pl_card_source *source)
{
    const struct pl_card_events *signs = &source->sign_offs;

    pl_json_key(json, "sign_offs");
    pl_json_open_array(json);
    for (size_t i = 0; i < signs->count; i++) {
        const struct pl_card_event *one = &signs->items[i];

        pl_json_open_object(json);
        pl_json_member_str(json, "role", one->what);
        pl_json_member_str(json, "name", one->name);
        pl_json_member_str(json, "reason", one->reason);
        pl_json_member_bool(json, "current",
                            pl_str_equal_text(one->line_hash, source->line_hash) &&
                                pl_str_equal_text(one->data_hash, source->data_hash));
        write_event(json, one);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
    pl_json_member_uint64(json, "sign_offs_omitted", signs->omitted);
}

static void write_hashes(struct pl_json *json, const struct pl_card_source *source)
{
    pl_json_key(json, "hashes");
    pl_json_open_object(json);
    pl_json_member_text(json, "line", source->line_hash);
    pl_json_member_text(json, "data", source->data_hash);
    pl_json_key(json, "figures");
    pl_body_write(json, pl_body_get(source->verdict, "figures_hash"));
    pl_json_key(json, "binary");
    pl_body_write(json, pl_body_get(source->verdict, "binary_hash"));
    pl_json_member_uint64(json, "ledger_block", source->ledger_block);
    pl_json_member_text(json, "ledger", source->ledger_hash);
    pl_json_member_text(json, "public_key", source->ledger_key);
    pl_json_close_object(json);
}

/* The records themselves, as text, so that a byte of them can be looked for in the ledger. */
static void write_extract(struct pl_json *json, const struct pl_card_source *source)
{
    static const char *const STEPS[] = {
        "Ask the owner for the folder of the ledger, .plimsoll/ledger, and for the public key by "
        "another way than this card.",
        "Run: plimsoll ledger verify --ledger FOLDER --key KEY --card CARD. It checks every hash "
        "and signature of the chain, the signature of this card, and that the card is on the "
        "record.",
        "Compare the records below with those of: plimsoll ledger show --ledger FOLDER --json.",
        "Compare the hashes of line and data with those of the files: b2sum -l 256 FILE.",
        "Run: plimsoll gate --no-record --json with the same line, data and version; every figure "
        "is the same.",
    };

    pl_json_key(json, "ledger_extract");
    pl_json_open_array(json);
    pl_json_str(json, source->verdict_line);
    for (size_t i = 0; i < source->sign_offs.count; i++)
        pl_json_str(json, source->sign_offs.items[i].line);
    pl_json_close_array(json);
    pl_json_key(json, "verification");
    pl_json_open_array(json);
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++)
        pl_json_text(json, STEPS[i]);
    pl_json_close_array(json);
}

static void write_all(const struct pl_card_source *source, struct pl_buffer *out)
{
    struct pl_json json;

    pl_json_init(&json, out, false);
    pl_json_open_object(&json);
    write_about(&json, source);
    write_verdict(&json, source);
    write_risk(&json, &source->line->risk);
    write_data(&json, source);
    write_figures(&json, source->verdict);
    write_sign_offs(&json, source);
    write_history(&json, &source->verdicts);
    write_method(&json, source);
    write_hashes(&json, source);
    if (source->audience == PL_CARD_REGULATOR)
        write_extract(&json, source);
    pl_json_close_object(&json);
}

enum pl_status pl_card_make(const struct pl_card_source *source, struct pl_arena *arena,
                            struct pl_body **ret_card, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text = {0};
    struct pl_body *card = NULL;

    pl_buffer_init(&text, PL_CARD_SIZE_BYTES_MAX);
    write_all(source, &text);
    PL_RETURN_IF(pl_buffer_check(&text, "the card", error));
    PL_RETURN_IF(pl_body_read(pl_buffer_view(&text), arena, &card, error));
    if (source->audience == PL_CARD_PUBLIC)
        PL_RETURN_IF(pl_card_make_public(card, arena, error));
    *ret_card = card;
    return PL_OK;
}

void pl_card_json(const struct pl_body *card, struct pl_buffer *out)
{
    struct pl_json json;

    pl_json_init(&json, out, true);
    pl_body_write(&json, card);
    pl_buffer_add_char(out, '\n');
}
