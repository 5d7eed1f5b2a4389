/*
 * `plimsoll ledger show`: the records, oldest first, each only once its block is checked. Output is
 * written as it comes, so that a long ledger takes no more memory than a short one.
 */
#include "cli/commands.h"
#include "cli/ledger_settings.h"
#include "cli/screen.h"

#include <stddef.h>
#include <time.h>

#define FLUSH_SIZE_BYTES         ((size_t)1 << 20)
#define TEXT_BODY_SIZE_BYTES_MAX ((size_t)2000)

static const struct pl_option OPTIONS[] = {
    PL_LEDGER_OPTION_FOLDER,
    PL_LEDGER_OPTION_KEY,
    {
        .name = "kind",
        .letter = 'k',
        .type = PL_OPTION_TEXT,
        .argument = "KIND",
        .offset = offsetof(struct pl_ledger_settings, kind),
        .help = "Records of this kind only, such as verdict.",
    },
    {
        .name = "last",
        .letter = 'n',
        .type = PL_OPTION_INTEGER,
        .argument = "N",
        .maximum = 9007199254740992.0,
        .initial = "0",
        .offset = offsetof(struct pl_ledger_settings, last),
        .help = "Only those among the last N records of the chain; 0 is all.",
    },
    PL_LEDGER_OPTION_FORMAT,
    PL_LEDGER_OPTION_JSON,
    {0},
};

static const struct pl_example EXAMPLES[] = {
    {"plimsoll ledger show --last 1", "What was decided last?"},
    {NULL, NULL},
};

/* Showing under way. */
struct show {
    const struct pl_ledger_settings *settings;
    struct pl_page page; /* writes into `out` */
    struct pl_buffer out;
    struct pl_json json;
    uint64_t first; /* the sequence to begin with */
};

static void write_time(uint64_t time_ms, struct pl_buffer *out)
{
    const time_t seconds = (time_t)(time_ms / 1000);
    char text[64] = "";
    struct tm parts;

    if (gmtime_r(&seconds, &parts) != NULL)
        (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    pl_buffer_add_text(out, text);
}

static void show_json(struct show *show, const struct pl_ledger_record *record)
{
    struct pl_json *json = &show->json;

    pl_json_open_object(json);
    pl_json_key(json, "block");
    pl_json_uint64(json, record->block);
    pl_json_key(json, "sequence");
    pl_json_uint64(json, record->sequence);
    pl_json_key(json, "time_ms");
    pl_json_uint64(json, record->time_ms);
    pl_json_key(json, "kind");
    pl_json_str(json, record->kind);
    pl_json_key(json, "body");
    pl_json_raw(json, record->body);
    pl_json_close_object(json);
}

/* A long body is cut: the page is for reading, and the JSON has it whole. */
static void show_text(struct show *show, const struct pl_ledger_record *record)
{
    const bool cut = record->body.len > TEXT_BODY_SIZE_BYTES_MAX;
    const struct pl_str body = {record->body.ptr,
                                cut ? TEXT_BODY_SIZE_BYTES_MAX : record->body.len};

    pl_buffer_add_format(&show->out, "block %llu, record %llu, ", (unsigned long long)record->block,
                         (unsigned long long)record->sequence);
    write_time(record->time_ms, &show->out);
    pl_buffer_add_text(&show->out, "  ");
    pl_page_text(&show->page, PL_INK_BOLD, record->kind);
    pl_page_gap(&show->page);
    pl_page_paragraph(&show->page, (struct pl_margin){2, 2}, body);
    if (cut)
        pl_buffer_add_text(&show->out, "  and more; --format json shows it whole\n");
}

static enum pl_status flush(struct show *show, struct pl_error *error)
{
    PL_RETURN_IF(pl_screen_write(&show->out, error));
    pl_buffer_reset(&show->out);
    return PL_OK;
}

static enum pl_status visit(const struct pl_ledger_record *record, void *context,
                            struct pl_error *error)
{
    struct show *show = context;
    const char *kind = show->settings->kind;

    if (record->sequence < show->first || (kind != NULL && !pl_str_equal_text(record->kind, kind)))
        return PL_OK;
    if (show->settings->format == PL_LEDGER_JSON)
        show_json(show, record);
    else
        show_text(show, record);
    return show->out.len >= FLUSH_SIZE_BYTES ? flush(show, error) : PL_OK;
}

/* The first record to show: found from the head, which the check then confirms. */
static enum pl_status find_first(struct show *show, struct pl_error *error)
{
    struct pl_ledger_head head = {0};

    if (show->settings->last == 0)
        return PL_OK;
    PL_RETURN_IF(pl_ledger_read_head(show->settings->folder, &head, error));
    if (head.records > show->settings->last)
        show->first = head.records - show->settings->last + 1;
    return PL_OK;
}

static enum pl_status run_show(struct show *show, struct pl_ledger_check *check,
                               struct pl_error *error)
{
    const struct pl_ledger_settings *settings = show->settings;
    const bool is_json = settings->format == PL_LEDGER_JSON;

    PL_RETURN_IF(pl_ledger_settings_check(settings, error));
    PL_RETURN_IF(find_first(show, error));
    if (is_json) {
        pl_json_open_object(&show->json);
        pl_json_key(&show->json, "records");
        pl_json_open_array(&show->json);
    }
    PL_RETURN_IF(pl_ledger_verify(settings->folder, settings->key, visit, show, check, error));
    if (is_json) {
        pl_json_close_array(&show->json);
        pl_json_key(&show->json, "ledger");
        pl_json_open_object(&show->json);
        pl_ledger_check_members(&show->json, check);
        pl_json_close_object(&show->json);
        pl_json_close_object(&show->json);
        pl_buffer_add_char(&show->out, '\n');
    }
    return flush(show, error);
}

static int run(const struct pl_call *call)
{
    struct show show = {.settings = call->settings};
    struct pl_ledger_check check = {0};
    struct pl_error error = {0};

    pl_buffer_init(&show.out, PL_OUTPUT_SIZE_BYTES_MAX);
    show.page = pl_page_of(&show.out, call->style);
    pl_json_init(&show.json, &show.out, true);

    const enum pl_status status = run_show(&show, &check, &error);

    pl_buffer_deinit(&show.out);
    if (status != PL_OK)
        return pl_screen_fail(&error);
    if (check.bad_block == 0)
        return PL_EXIT_YES;
    (void)pl_error_set(&error, PL_E_CORRUPT, "the ledger %s does not hold: %s",
                       show.settings->folder, check.problem);
    (void)pl_screen_fail(&error);
    return PL_EXIT_NO;
}

const struct pl_command PL_COMMAND_LEDGER_SHOW = {
    .name = "ledger show",
    .summary = "Show what is on the record.",
    .about = "Prints the records in their order, and checks the chain while it reads. What stands "
             "behind a block that does not hold is not shown.",
    .operands = PL_LEDGER_OPERANDS,
    .options = OPTIONS,
    .exits = PL_LEDGER_EXITS,
    .examples = EXAMPLES,
    .run = run,
};
