/* A flag in words and as JSON: how it stands, and what was done to it. */
#include "cli/flag.h"

#include "cli/flag_slices.h"
#include "report/page.h"

#include <time.h>

#define TEXT_SIZE_BYTES_MAX ((size_t)1 << 20)

static const struct pl_margin MARGIN = {0, 0};

static bool is_on_in_line(const struct pl_flagging *flagging)
{
    const struct pl_flag_line *line = &flagging->serving->flag;

    return !line->given || line->state == PL_FLAG_ON;
}

/* Whether the launch holds everybody back. Known where the verdict was read. */
static bool is_held_back(const struct pl_flagging *flagging)
{
    const struct pl_launch_now *launch = &flagging->verdict.launch;

    return flagging->verdict_read && flagging->serving->flag.launch && !launch->whole &&
           launch->allowed.count == 0;
}

/* Whether anybody at all may meet the feature, as far as it is known without a request. */
static bool is_on(const struct pl_flagging *flagging)
{
    return !flagging->now.killed && is_on_in_line(flagging) && !is_held_back(flagging) &&
           pl_flag_share(&flagging->serving->flag, &flagging->now) > 0.0;
}

/* ---- JSON ---- */

static void write_by(struct pl_json *json, const struct pl_flag_line *line)
{
    pl_json_key(json, "by");
    pl_json_open_object(json);
    for (size_t i = 0; i < line->by_count; i++) {
        pl_json_key_str(json, line->by[i].segment);
        pl_json_open_array(json);
        for (size_t j = 0; j < line->by[i].groups.count; j++)
            pl_json_str(json, line->by[i].groups.items[j]);
        pl_json_close_array(json);
    }
    pl_json_close_object(json);
}

static void write_line(struct pl_json *json, const struct pl_flagging *flagging)
{
    const struct pl_flag_line *line = &flagging->serving->flag;

    pl_json_key(json, "line");
    pl_json_open_object(json);
    pl_json_member_str(json, "state", is_on_in_line(flagging) ? PL_STR("on") : PL_STR("off"));
    pl_json_key(json, "share");
    pl_json_double(json, line->share);
    pl_json_key(json, "rollout");
    pl_json_open_array(json);
    for (size_t i = 0; i < line->rollout_count; i++)
        pl_json_double(json, line->rollout[i]);
    pl_json_close_array(json);
    write_by(json, line);
    pl_json_key(json, "launch");
    pl_json_bool(json, line->launch);
    pl_json_close_object(json);
}

static void write_verdict(struct pl_json *json, const struct pl_flagging *flagging)
{
    const struct pl_verdict_now *verdict = &flagging->verdict;

    pl_json_key(json, "verdict");
    pl_json_open_object(json);
    pl_json_member_str(json, "verdict", verdict->verdict);
    pl_json_key(json, "allowed");
    pl_json_bool(json, verdict->passes);
    pl_json_key(json, "block");
    pl_json_uint64(json, verdict->block);
    pl_json_key(json, "time_ms");
    pl_json_uint64(json, verdict->time_ms);
    if (verdict->launch.segment.len > 0)
        pl_flag_slices_write(json, flagging);
    pl_json_close_object(json);
}

static const char *const FOLLOWING[] = {
    [PL_FOLLOWING_NOBODY] = "none",
    [PL_FOLLOWING_YES] = "follows",
    [PL_FOLLOWING_NOT_YET] = "not_yet",
};

static void write_done(struct pl_json *json, const struct pl_flagging *flagging)
{
    const struct pl_flag_done *done = &flagging->done;

    pl_json_key(json, "changed");
    pl_json_bool(json, flagging->changed);
    if (flagging->refused != NULL)
        pl_json_member_str(json, "refused", pl_str_of(flagging->refused));
    if (flagging->changed) {
        pl_json_key(json, "change");
        pl_flag_change_write(json, flagging->line->feature, &flagging->change);
        pl_json_key(json, "recorded");
        pl_json_bool(json, done->head.block > 0);
        pl_json_member_str(json, "server", pl_str_of(FOLLOWING[flagging->following]));
    }
    if (done->head.block > 0) {
        pl_json_key(json, "block");
        pl_json_uint64(json, done->head.block);
        pl_json_member_str(json, "hash", pl_str_of(done->head.hash));
    }
}

static void write_json(const struct pl_flagging *flagging, struct pl_buffer *out)
{
    struct pl_json json;

    pl_json_init(&json, out, true);
    pl_json_open_object(&json);
    pl_json_member_str(&json, "feature", flagging->line->feature);
    pl_json_key(&json, "on");
    pl_json_bool(&json, is_on(flagging));
    pl_json_key(&json, "share");
    pl_json_double(&json, pl_flag_share(&flagging->serving->flag, &flagging->now));
    pl_json_key(&json, "state");
    pl_flag_now_write(&json, &flagging->now);
    write_line(&json, flagging);
    if (flagging->verdict_read && flagging->verdict.launch.known)
        write_verdict(&json, flagging);
    if (flagging->change.why.len > 0)
        write_done(&json, flagging);
    pl_json_close_object(&json);
    pl_buffer_add_char(out, '\n');
}

/* ---- text ---- */

static void add_percent(struct pl_buffer *part, double share)
{
    pl_buffer_add_format(part, "%.6g %%", share * 100.0);
}

/* "on for 25 % of subjects", "off: killed". */
static void add_how(const struct pl_flagging *flagging, struct pl_buffer *part)
{
    const double share = pl_flag_share(&flagging->serving->flag, &flagging->now);

    if (flagging->now.killed) {
        pl_buffer_add_text(part, "off: killed");
    } else if (!is_on_in_line(flagging)) {
        pl_buffer_add_text(part, "off in the line");
    } else if (is_held_back(flagging)) {
        pl_buffer_add_text(part, flagging->verdict.launch.known
                                     ? "off: the last verdict allows no slice"
                                     : "off: no verdict is on the record, and flag.launch waits "
                                       "for one");
    } else if (share >= 1.0) {
        pl_buffer_add_text(part, "on");
    } else {
        pl_buffer_add_text(part, "on for ");
        add_percent(part, share);
        pl_buffer_add_text(part, " of subjects");
    }
}

static void show_rollout(const struct pl_flagging *flagging, struct pl_page *page,
                         struct pl_buffer *part)
{
    const struct pl_flag_line *line = &flagging->serving->flag;

    if (line->rollout_count == 0)
        return;
    pl_buffer_add_format(part, "rollout  stage %u (", flagging->now.stage);
    for (size_t i = 0; i < line->rollout_count; i++) {
        pl_buffer_add_format(part, "%s%zu: ", i == 0 ? "" : ", ", i);
        add_percent(part, line->rollout[i]);
    }
    pl_buffer_add_char(part, ')');
    pl_page_part(page, (struct pl_margin){2, 11}, part);
}

static void show_by(const struct pl_flagging *flagging, struct pl_page *page,
                    struct pl_buffer *part)
{
    const struct pl_flag_line *line = &flagging->serving->flag;

    for (size_t i = 0; i < line->by_count; i++) {
        pl_buffer_add_format(part, "%s%.*s is", i == 0 ? "only if  " : "; ",
                             PL_STR_ARG(line->by[i].segment));
        for (size_t j = 0; j < line->by[i].groups.count; j++)
            pl_buffer_add_format(part, "%s %.*s", j == 0 ? "" : " or",
                                 PL_STR_ARG(line->by[i].groups.items[j]));
    }
    if (line->by_count > 0)
        pl_page_part(page, (struct pl_margin){2, 11}, part);
}

static void show_dark(const struct pl_flagging *flagging, struct pl_page *page,
                      struct pl_buffer *part)
{
    const struct pl_strs *dark = &flagging->now.off_in;

    for (size_t i = 0; i < dark->count; i++)
        pl_buffer_add_format(part, "%s%.*s", i == 0 ? "dark in  " : ", ",
                             PL_STR_ARG(dark->items[i]));
    if (dark->count > 0)
        pl_page_part(page, (struct pl_margin){2, 11}, part);
}

static void show_verdict(const struct pl_flagging *flagging, struct pl_page *page,
                         struct pl_buffer *part)
{
    const struct pl_verdict_now *verdict = &flagging->verdict;

    if (!verdict->launch.known)
        pl_buffer_add_text(part, "verdict  none is on the record");
    else
        pl_buffer_add_format(
            part, "verdict  %.*s, %s, block %llu of the ledger", PL_STR_ARG(verdict->verdict),
            verdict->passes ? "allowed" : "not allowed", (unsigned long long)verdict->block);
    pl_page_part(page, (struct pl_margin){2, 11}, part);
}

static void show_change(const struct pl_flagging *flagging, struct pl_page *page,
                        struct pl_buffer *part)
{
    const struct pl_flag_state_now *now = &flagging->now;
    const time_t seconds = (time_t)(now->changed_ms / 1000);
    char text[64] = "";
    struct tm parts;

    if (now->version == 0)
        return;
    if (gmtime_r(&seconds, &parts) != NULL)
        (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    pl_buffer_add_format(part, "version  %llu, %s, by %.*s: %.*s", (unsigned long long)now->version,
                         text, PL_STR_ARG(now->who), PL_STR_ARG(now->why));
    pl_page_part(page, (struct pl_margin){2, 11}, part);
}

static void show_flag(const struct pl_flagging *flagging, struct pl_page *page,
                      struct pl_buffer *part)
{
    pl_buffer_add_format(part, "%.*s: ", PL_STR_ARG(flagging->line->feature));
    add_how(flagging, part);
    pl_page_part(page, MARGIN, part);
    show_rollout(flagging, page, part);
    show_by(flagging, page, part);
    show_dark(flagging, page, part);
    show_verdict(flagging, page, part);
    show_change(flagging, page, part);
    pl_flag_slices_show(flagging, page);
}

static void show_done(const struct pl_flagging *flagging, struct pl_page *page,
                      struct pl_buffer *part)
{
    const struct pl_flag_done *done = &flagging->done;

    if (flagging->refused != NULL) {
        pl_buffer_add_format(part,
                             "Refused: %s. It stays as it is; --force does it all the same, and "
                             "the record says so.",
                             flagging->refused);
        pl_page_part(page, MARGIN, part);
        pl_page_gap(page);
    }
    pl_buffer_add_format(part, "%.*s: ", PL_STR_ARG(flagging->line->feature));
    add_how(flagging, part);
    for (size_t i = 0; i < flagging->now.off_in.count && !flagging->now.killed; i++)
        pl_buffer_add_format(part, "%s%.*s", i == 0 ? ", dark in " : ", ",
                             PL_STR_ARG(flagging->now.off_in.items[i]));
    pl_buffer_add_text(part, ".");
    if (flagging->changed && done->head.block > 0)
        pl_buffer_add_format(part, " Version %llu, block %llu of the ledger, %.12s.",
                             (unsigned long long)flagging->now.version,
                             (unsigned long long)done->head.block, done->head.hash);
    else if (flagging->changed)
        pl_buffer_add_format(part,
                             " Version %llu, NOT on the record yet: %s. The next command about "
                             "this flag records it, once the ledger can be written.",
                             (unsigned long long)flagging->now.version, done->unrecorded.message);
    else if (flagging->refused == NULL)
        pl_buffer_add_text(part, " It was so before; nothing was changed or recorded.");
    if (flagging->following == PL_FOLLOWING_NOT_YET)
        pl_buffer_add_text(part, " The server that runs here has NOT said yet that it goes by it: "
                                 "look at what it tells.");
    pl_page_part(page, MARGIN, part);
}

void pl_flag_print(const struct pl_flagging *flagging, struct pl_style style, struct pl_buffer *out)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer part = {0};
    struct pl_page page = pl_page_of(out, style);

    if (flagging->settings->format == PL_FLAG_JSON) {
        write_json(flagging, out);
        return;
    }
    pl_buffer_init(&part, TEXT_SIZE_BYTES_MAX);
    if (flagging->change.why.len > 0)
        show_done(flagging, &page, &part);
    else
        show_flag(flagging, &page, &part);
}
