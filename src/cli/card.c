/*
 * `plimsoll card`: makes the model card from the line and the latest verdict on the record, signs it
 * with the ledger's key, writes it, and puts its hash on the record. It measures nothing.
 */
#include "card/card.h"
#include "base/file.h"
#include "card/pack.h"
#include "card/signed.h"
#include "cli/card_history.h"
#include "cli/commands.h"
#include "cli/data_print.h"
#include "cli/facts.h"
#include "cli/live.h"
#include "cli/screen.h"
#include "ledger/ledger.h"
#include "measure/run.h"
#include "report/values.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)1 << 30)
#define LOCK_WAIT_MS         10000

struct card_settings {
    const char *line;
    const char *output;
    uint32_t format;
    uint32_t audience;
    uint32_t pack;
    const char *distributed;
    bool check;
};

#define FIELD(field) offsetof(struct card_settings, field)

/* In the order of enum pl_card_form, after "by the ending". */
static const char *const FORMATS[] = {"ending", "markdown", "json", "yaml", "html", NULL};
/* In the order of PL_CARD_PACKS, after "no pack". */
static const char *const PACKS[] = {"none", "ll144", "annex-iv", "nist-rmf", "huggingface", NULL};
static const char *const AUDIENCES[] = {"public", "auditor", "regulator", NULL};

static const struct pl_operand OPERANDS[] = {
    {
        .name = "LINE",
        .initial = PL_LINE_FILE,
        .offset = FIELD(line),
        .help = "The line of the feature. Default: plimsoll.yaml.",
    },
    {0},
};

static const struct pl_option OPTIONS[] = {
    {
        .name = "output",
        .letter = 'o',
        .type = PL_OPTION_TEXT,
        .argument = "FILE",
        .offset = FIELD(output),
        .help =
            "Where the card is written: its ending, .md, .html, .json or .yaml, picks the form. "
            "`-` is the standard output, with --format.",
    },
    {
        .name = "format",
        .letter = 'f',
        .type = PL_OPTION_CHOICE,
        .argument = "FORMAT",
        .choices = FORMATS,
        .initial = "ending",
        .offset = FIELD(format),
        .help = "The form, whatever the ending says: markdown, json, yaml or html.",
    },
    {
        .name = "audience",
        .letter = 'a',
        .type = PL_OPTION_CHOICE,
        .argument = "WHO",
        .choices = AUDIENCES,
        .initial = "auditor",
        .offset = FIELD(audience),
        .help = "For whom: public has headline figures without small counts, auditor every slice, "
                "method and hash, regulator the records of the ledger besides.",
    },
    {
        .name = "pack",
        .letter = 'p',
        .type = PL_OPTION_CHOICE,
        .argument = "PACK",
        .choices = PACKS,
        .initial = "none",
        .offset = FIELD(pack),
        .help =
            "In place of the card its evidence as others ask for it: ll144 (New York City's bias "
            "audit), "
            "annex-iv (EU AI Act), nist-rmf (the function MEASURE), huggingface (a README.md, in "
            "Markdown only). A pack does not meet release.needs.",
    },
    {
        .name = "distributed",
        .type = PL_OPTION_TEXT,
        .argument = "DATE",
        .offset = FIELD(distributed),
        .help = "Since when the feature is in use, as 2026-03-01; some packs ask for it.",
    },
    {
        .name = "check",
        .letter = 'c',
        .type = PL_OPTION_FLAG,
        .offset = FIELD(check),
        .help = "Make nothing; say whether the card on the record is current, and what has changed "
                "if not.",
    },
    {0},
};

static const struct pl_exit EXITS[] = {
    {0, "The card is written and on the record; with --check, it is current."},
    {1, "With --check: there is no card, or it is stale."},
    {2, "There is no verdict of this line and these data to make a card from, or it cannot be "
        "written or recorded."},
    {0, NULL},
};

static const struct pl_example EXAMPLES[] = {
    {"plimsoll card -o card.md", "After a gate, for the line of this folder:"},
    {"plimsoll card -o card.html", "To look at in a browser, and to print:"},
    {"plimsoll card --audience public -o card.json", "For everybody, and for programs:"},
    {"plimsoll card --pack ll144 --distributed 2026-03-01 -o summary.md",
     "The summary that New York City asks for:"},
    {"plimsoll card --check", "Is the card on the record current?"},
    {NULL, NULL},
};

/* A card being made. */
struct making {
    const struct card_settings *settings;
    struct pl_arena arena;
    struct pl_line *line;
    char line_hash[PL_LEDGER_HASH_TEXT_SIZE];
    struct pl_live_use live;
    struct pl_data_print data;
    struct pl_str ledger; /* the folder */
    struct pl_facts facts;
    struct pl_card_history history;
    enum pl_card_form form;
    struct pl_ledger_head head;
    struct pl_buffer text; /* the card */
};

/* Every pack has a page; some have a document of their own besides, and some need every count. */
static enum pl_status check_pack(const struct pl_card_pack *pack, const struct making *making,
                                 struct pl_error *error)
{
    if (pack->every_count && making->settings->audience == PL_CARD_PUBLIC)
        return pl_error_set(error, PL_E_USAGE,
                            "the pack %s needs every count, and a card for the public has small "
                            "ones suppressed; leave out --audience",
                            pack->name);
    if (making->form == PL_CARD_MARKDOWN || (making->form != PL_CARD_HTML && !pack->page_only))
        return PL_OK;
    if (pack->page_only)
        return pl_error_set(error, PL_E_USAGE, "the pack %s is written in Markdown; use -o %s.md",
                            pack->name, pack->name);
    return pl_error_set(error, PL_E_USAGE,
                        "the pack %s is written in Markdown, JSON or YAML; use -o %s.md",
                        pack->name, pack->name);
}

static enum pl_status find_form(struct making *making, struct pl_error *error)
{
    const struct card_settings *settings = making->settings;

    if (settings->check)
        return PL_OK;
    if (settings->output == NULL)
        return pl_error_set(error, PL_E_USAGE,
                            "where does the card go? Add -o card.md, card.html, card.json or "
                            "card.yaml, or `-o - --format markdown`");
    if (settings->format > 0)
        making->form = (enum pl_card_form)(settings->format - 1);
    else if (!pl_card_form_of(pl_str_of(settings->output), &making->form))
        return pl_error_set(
            error, PL_E_USAGE,
            "the ending of `%s` names no form of a card; use .md, .html, .json or .yaml, or "
            "add --format",
            settings->output);
    if (settings->pack > 0)
        return check_pack(&PL_CARD_PACKS[settings->pack - 1], making, error);
    return PL_OK;
}

/* A day that there is, as 2026-03-01: what the calendar would write otherwise is none. */
static enum pl_status check_date(const char *date, struct pl_error *error)
{
    struct tm day = {0};
    char again[sizeof "2026-03-01"] = "";
    const char *end = date == NULL ? NULL : strptime(date, "%Y-%m-%d", &day);

    if (date == NULL)
        return PL_OK;
    if (end != NULL && *end == '\0' && timegm(&day) != -1 &&
        strftime(again, sizeof again, "%Y-%m-%d", &day) > 0 && strcmp(again, date) == 0)
        return PL_OK;
    return pl_error_set(error, PL_E_USAGE,
                        "`%s` is no date for --distributed; write it as 2026-03-01", date);
}

static enum pl_status read_line(struct making *making, struct pl_error *error)
{
    PL_RETURN_IF(pl_measure_read(making->settings->line, &making->arena, &making->line, error));
    pl_hash_bytes(making->line->text, making->line_hash);
    making->ledger = pl_line_path(making->line, PL_STR(PL_LEDGER_FOLDER), &making->arena);

    const struct pl_str path =
        pl_line_path(making->line, making->line->data.decisions, &making->arena);

    if (making->ledger.ptr == NULL || path.ptr == NULL)
        return pl_arena_error(&making->arena, "a path", error);
    PL_RETURN_IF(pl_live_use_begin(making->line, &making->arena, &making->live, error));
    return pl_data_print_make(path, &making->arena, &making->data, error);
}

/* A card is made from a verdict of this line and these data. */
static enum pl_status check_verdict(const struct making *making, struct pl_error *error)
{
    if (making->history.verdict == NULL)
        return pl_error_set(error, PL_E_NOT_FOUND,
                            "there is no verdict of %.*s on the record to make a card from; run "
                            "`plimsoll gate` first",
                            PL_STR_ARG(making->line->feature));
    if (making->history.match != PL_CARD_SAME)
        return pl_error_set(error, PL_E_NOT_FOUND,
                            "the %s changed since the verdict of block %llu, the latest on the "
                            "record; run `plimsoll gate` first",
                            making->history.match == PL_CARD_DATA ? "data have" : "line has",
                            (unsigned long long)making->history.verdict_block);
    if (pl_body_is_null(pl_body_get(making->history.verdict, "figures_hash")))
        return pl_error_set(error, PL_E_NOT_FOUND,
                            "the verdict of block %llu is by a version that did not record what a "
                            "card shows; run `plimsoll gate` again",
                            (unsigned long long)making->history.verdict_block);
    return PL_OK;
}

static enum pl_status read_ledger(struct making *making, struct pl_error *error)
{
    const struct pl_facts_about about = {making->line_hash, making->data.hash,
                                         making->line->feature};
    const char *folder = making->ledger.ptr;

    PL_RETURN_IF(pl_facts_read(folder, &about, &making->facts, error));
    PL_RETURN_IF(pl_card_history_read(folder, &about, &making->arena, &making->history, error));
    return making->settings->check ? PL_OK : check_verdict(making, error);
}

static struct pl_card_source source_of(const struct making *making, const char *public_key)
{
    const struct pl_card_history *history = &making->history;

    return (struct pl_card_source){
        .line = making->line,
        .line_hash = making->line_hash,
        .data_hash = making->data.hash,
        .verdict = history->verdict,
        .verdict_line = history->verdict_line,
        .verdict_block = history->verdict_block,
        .verdict_time_ms = history->verdict_time_ms,
        .verdicts = history->verdicts,
        .sign_offs = history->sign_offs,
        .ledger_block = history->blocks,
        .ledger_hash = history->hash,
        .ledger_key = public_key,
        .distributed = making->settings->distributed,
        .version = PL_VERSION,
        .audience = (enum pl_card_audience)making->settings->audience,
    };
}

/* The card, or the pack that is made from it, in the form that was asked for. */
static enum pl_status write_form(struct making *making, const struct pl_body *card,
                                 struct pl_error *error)
{
    static void (*const WRITERS[])(const struct pl_body *, struct pl_buffer *) = {
        [PL_CARD_MARKDOWN] = pl_card_markdown,
        [PL_CARD_JSON] = pl_card_json,
        [PL_CARD_YAML] = pl_card_yaml,
        [PL_CARD_HTML] = pl_card_html,
    };
    const struct pl_card_pack *pack =
        making->settings->pack == 0 ? NULL : &PL_CARD_PACKS[making->settings->pack - 1];
    struct pl_body *made = NULL;

    if (pack != NULL)
        PL_RETURN_IF(pack->make(card, &making->arena, &made, error));
    if (pack != NULL && making->form == PL_CARD_MARKDOWN)
        pack->page(made, &making->text);
    else
        WRITERS[making->form](pack == NULL ? card : made, &making->text);
    return PL_OK;
}

/* Makes the bytes of the card, its signature included. */
static enum pl_status write_signed(struct making *making, const struct pl_ledger_writer *writer,
                                   struct pl_card_signature *ret_signature, struct pl_error *error)
{
    char statement[PL_CARD_STATEMENT_SIZE];
    struct pl_body *card = NULL;

    /* The card names the key, so the key is asked for before there is something to sign. */
    pl_ledger_sign(writer, PL_STR(""), ret_signature->signature, ret_signature->public_key);

    const struct pl_card_source source = source_of(making, ret_signature->public_key);

    PL_RETURN_IF(pl_card_make(&source, &making->arena, &card, error));
    PL_RETURN_IF(write_form(making, card, error));
    PL_RETURN_IF(pl_buffer_check(&making->text, "the card", error));
    pl_card_signature_begin(making->form, &making->text, ret_signature, statement);
    pl_ledger_sign(writer, pl_str_of(statement), ret_signature->signature,
                   ret_signature->public_key);
    pl_card_signature_end(making->form, ret_signature, &making->text);
    return pl_buffer_check(&making->text, "the card", error);
}

static void write_record(const struct making *making, const struct pl_card_signature *signature,
                         struct pl_buffer *body)
{
    struct pl_json json;

    pl_json_init(&json, body, false);
    pl_json_open_object(&json);
    pl_json_member_str(&json, "feature", making->line->feature);
    pl_json_member_str(&json, "form", pl_str_of(pl_card_form_name(making->form)));
    pl_json_member_str(&json, "audience", pl_str_of(AUDIENCES[making->settings->audience]));
    if (making->settings->pack > 0)
        pl_json_member_str(&json, "pack", pl_str_of(PACKS[making->settings->pack]));
    pl_json_member_str(&json, "card_hash", pl_str_of(signature->hash));
    pl_json_member_uint64(&json, "verdict_block", making->history.verdict_block);
    pl_json_member_str(&json, "line_hash", pl_str_of(making->line_hash));
    pl_json_member_str(&json, "data_hash", pl_str_of(making->data.hash));
    pl_body_write_member(&json, making->history.verdict, "figures_hash");
    pl_body_write_member(&json, making->history.verdict, "but_for_card");
    pl_json_close_object(&json);
}

static bool to_stdout(const struct making *making)
{
    return strcmp(making->settings->output, "-") == 0;
}

/* The file is there before the record says so: what stands on the record can be looked at. */
static enum pl_status write_file(struct making *making, struct pl_error *error)
{
    if (to_stdout(making))
        return PL_OK;
    return pl_file_write(making->settings->output, pl_buffer_view(&making->text), false, error);
}

static enum pl_status make_with(struct making *making, struct pl_ledger_writer *writer,
                                struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer body = {0};
    struct pl_card_signature signature;

    pl_buffer_init(&body, PL_LEDGER_RECORD_SIZE_BYTES_MAX);
    PL_RETURN_IF(write_signed(making, writer, &signature, error));
    write_record(making, &signature, &body);
    PL_RETURN_IF(pl_buffer_check(&body, "the record of the card", error));
    PL_RETURN_IF(write_file(making, error));
    PL_RETURN_IF(pl_ledger_append(writer, making->settings->pack > 0 ? "pack" : "card",
                                  pl_clock_unix_ms(), pl_buffer_view(&body), error));
    return pl_ledger_commit(writer, &making->head, error);
}

static enum pl_status prepare(struct making *making, struct pl_error *error)
{
    PL_RETURN_IF(find_form(making, error));
    PL_RETURN_IF(check_date(making->settings->distributed, error));
    return read_line(making, error);
}

/* The ledger is read while nobody else writes to it, so that the verdict is the latest still when the
   card is recorded. One that does not exist is not begun for a card. */
static enum pl_status make(struct making *making, struct pl_error *error)
{
    const struct pl_ledger_options options = {.lock_wait_ms = LOCK_WAIT_MS};
    struct pl_ledger_writer *writer = NULL;

    if (!pl_file_exists(making->ledger.ptr))
        return read_ledger(making, error);
    PL_RETURN_IF(pl_ledger_open(making->ledger.ptr, &options, &writer, error));

    enum pl_status status = read_ledger(making, error);

    if (status == PL_OK)
        status = make_with(making, writer, error);
    pl_ledger_close(writer);
    return status;
}

static int show_made(const struct making *making)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};

    if (to_stdout(making))
        return pl_screen_finish(&making->text, PL_EXIT_YES);
    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    if (making->settings->pack > 0) {
        pl_buffer_add_format(&out,
                             "The pack %s of %.*s is written to %s and signed: block %llu of the "
                             "ledger, %.12s.\n",
                             PACKS[making->settings->pack], PL_STR_ARG(making->line->feature),
                             making->settings->output, (unsigned long long)making->head.block,
                             making->head.hash);
        return pl_screen_finish(&out, PL_EXIT_YES);
    }
    pl_buffer_add_format(&out,
                         "The card of %.*s is written to %s and signed: block %llu of the ledger, "
                         "%.12s.\nIt shows the verdict of block %llu, and is current until the "
                         "line, the data or the verdict change.\n",
                         PL_STR_ARG(making->line->feature), making->settings->output,
                         (unsigned long long)making->head.block, making->head.hash,
                         (unsigned long long)making->history.verdict_block);
    return pl_screen_finish(&out, PL_EXIT_YES);
}

/* Says of the card on the record whether it is current; true when it is. */
static bool add_check(struct making *making, struct pl_buffer *out)
{
    static const char *const CHANGED[] = {
        [PL_CARD_LINE] = "the line has changed since",
        [PL_CARD_DATA] = "the data have changed since",
        [PL_CARD_FIGURES] = "the figures are others since, by another version or another baseline",
    };
    static const struct pl_body NOTHING = {.kind = PL_BODY_NULL};
    const bool judged = making->history.match == PL_CARD_SAME;
    const struct pl_body *verdict = judged ? making->history.verdict : &NOTHING;
    const struct pl_record_facts *facts = &making->facts.record;
    const struct pl_str now = pl_body_text(pl_body_get(verdict, "but_for_card"));

    pl_facts_compare(&making->facts, pl_body_text(pl_body_get(verdict, "figures_hash")).ptr);
    if (facts->card == PL_CARD_NONE) {
        pl_buffer_add_format(out, "There is no card of %.*s on the record.\n",
                             PL_STR_ARG(making->line->feature));
        return false;
    }
    if (facts->card != PL_CARD_SAME) {
        pl_buffer_add_format(out, "The card of block %llu is stale: %s.\n",
                             (unsigned long long)facts->card_block, CHANGED[facts->card]);
        return false;
    }
    if (!pl_str_equal_text(now, pl_verdict_name(facts->card_verdict))) {
        pl_buffer_add_format(out,
                             "The card of block %llu is stale: it shows the verdict %s, which is "
                             "%.*s by now.\n",
                             (unsigned long long)facts->card_block,
                             pl_verdict_name(facts->card_verdict), PL_STR_ARG(now));
        return false;
    }
    pl_buffer_add_format(out, "The card of block %llu is current.\n",
                         (unsigned long long)facts->card_block);
    return true;
}

static int show_check(struct making *making)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};

    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);

    const bool current = add_check(making, &out);

    return pl_screen_finish(&out, current ? PL_EXIT_YES : PL_EXIT_NO);
}

static int finish(struct making *making)
{
    struct pl_error error = {0};

    if (prepare(making, &error) != PL_OK)
        return pl_screen_fail(&error);
    if (making->settings->check)
        return read_ledger(making, &error) == PL_OK ? show_check(making) : pl_screen_fail(&error);
    return make(making, &error) == PL_OK ? show_made(making) : pl_screen_fail(&error);
}

static int run(const struct pl_call *call)
{
    struct making making = {.settings = call->settings};

    pl_arena_init(&making.arena, ARENA_SIZE_BYTES_MAX);
    pl_buffer_init(&making.text, PL_CARD_SIZE_BYTES_MAX);

    const int exit_code = finish(&making);

    pl_live_use_end(&making.live);
    pl_buffer_deinit(&making.text);
    pl_arena_deinit(&making.arena);
    return exit_code;
}

const struct pl_command PL_COMMAND_CARD = {
    .name = "card",
    .summary = "Write the model card, from the record.",
    .about = "Makes the model card from the line and the latest verdict in the ledger: what the "
             "feature is for and not for, its data, every figure with its interval, its limits and "
             "bias audit, its risk, the verdicts so far, the sign-offs and the hashes. Nothing is "
             "measured: the figures are those of the record.\n\n"
             "The card is signed with the key of the ledger, and its hash is put on the record. "
             "`release.needs: [card]` is met while the card is current: the same line, the same "
             "data, and the verdict that it shows. docs/card.md has more.",
    .operands = OPERANDS,
    .options = OPTIONS,
    .exits = EXITS,
    .examples = EXAMPLES,
    .run = run,
};
