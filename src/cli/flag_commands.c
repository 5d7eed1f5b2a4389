/* The commands about the flag: a row for each, and what each asks for. */
#include "cli/commands.h"
#include "cli/flag.h"

#include <stddef.h>
#include <string.h>

#define FIELD(field) offsetof(struct pl_flag_settings, field)

#define LINE_OPERAND                                                                               \
    {                                                                                              \
        .name = "LINE", .initial = PL_LINE_FILE, .offset = FIELD(line),                            \
        .help = "The line of the feature. Default: plimsoll.yaml.",                                \
    }

static const char *const FORMATS[] = {"text", "json", NULL};

#define OPTION_FORMAT                                                                              \
    {                                                                                              \
        .name = "format", .letter = 'f', .type = PL_OPTION_CHOICE, .argument = "FORMAT",           \
        .choices = FORMATS, .initial = "text", .offset = FIELD(format),                            \
        .help = "How it is written: text or json.",                                                \
    }

#define OPTION_JSON                                                                                \
    {                                                                                              \
        .name = "json", .type = PL_OPTION_ALIAS, .initial = "format=json",                         \
        .help = "Short for --format json.",                                                        \
    }

#define OPTION_WHY                                                                                 \
    {                                                                                              \
        .name = "why", .letter = 'w', .type = PL_OPTION_TEXT, .argument = "TEXT",                  \
        .offset = FIELD(why), .help = "The reason; needed, and kept on the record.",               \
    }

#define OPTION_WHO                                                                                 \
    {                                                                                              \
        .name = "who", .type = PL_OPTION_TEXT, .argument = "NAME", .offset = FIELD(who),           \
        .help = "Who does it. Without it: account@host.",                                          \
    }

#define OPTION_SLICE                                                                               \
    {                                                                                              \
        .name = "slice", .letter = 's', .type = PL_OPTION_TEXT, .argument = "SLICE",               \
        .offset = FIELD(slice),                                                                    \
        .help = "This slice only, `SEGMENT=GROUP`; for a crossing `A=X * B=Y`.",                   \
    }

#define OPTION_FORCE(text)                                                                         \
    {                                                                                              \
        .name = "force", .type = PL_OPTION_FLAG, .offset = FIELD(force), .help = text,             \
    }

static const struct pl_operand OPERANDS[] = {LINE_OPERAND, {0}};

static const struct pl_operand SHARE_OPERANDS[] = {
    {
        .name = "SHARE",
        .required = true,
        .offset = FIELD(value),
        .help = "Of the subjects: `25%` or `0.25`. `100%` takes away what was set before.",
    },
    LINE_OPERAND,
    {0},
};

static const struct pl_operand STAGE_OPERANDS[] = {
    {
        .name = "STAGE",
        .required = true,
        .offset = FIELD(value),
        .help = "Of flag.rollout, counted from 0.",
    },
    LINE_OPERAND,
    {0},
};

static const struct pl_operand SLICE_OPERANDS[] = {
    {
        .name = "SLICE",
        .required = true,
        .offset = FIELD(slice),
        .help = "`SEGMENT=GROUP`; for a crossing `A=X * B=Y`.",
    },
    {
        .name = "STATE",
        .required = true,
        .offset = FIELD(lit),
        .help = "off: it goes dark. on: it is lit again.",
    },
    LINE_OPERAND,
    {0},
};

static const struct pl_option SHOW_OPTIONS[] = {OPTION_FORMAT, OPTION_JSON, {0}};

static const struct pl_option OPENING_OPTIONS[] = {
    OPTION_WHY,
    OPTION_WHO,
    OPTION_FORCE("Do it although the last verdict does not allow it; the record says so."),
    OPTION_FORMAT,
    OPTION_JSON,
    {0},
};

static const struct pl_option ON_OPTIONS[] = {
    OPTION_SLICE,
    OPTION_WHY,
    OPTION_WHO,
    OPTION_FORCE("Do it although the last verdict does not allow it; the record says so."),
    OPTION_FORMAT,
    OPTION_JSON,
    {0},
};

static const struct pl_option OFF_OPTIONS[] = {
    OPTION_SLICE,
    OPTION_WHY,
    OPTION_WHO,
    OPTION_FORCE("Take the whole feature dark even when the ledger cannot be written; it is "
                 "recorded once it can be."),
    OPTION_FORMAT,
    OPTION_JSON,
    {0},
};

static const struct pl_exit SHOW_EXITS[] = {
    {0, "It was shown."},
    {2, "The line, the state or the ledger cannot be read."},
    {0, NULL},
};

static const struct pl_exit EXITS[] = {
    {0, "It is so now: on the record and in force, or it was so before."},
    {1, "Refused: the last verdict on the record does not allow it."},
    {2, "It cannot be done: the line cannot be read, or the ledger or state not be written."},
    {0, NULL},
};

static const struct pl_exit OFF_EXITS[] = {
    {0, "It is so now: on the record and in force, or it was so before. With --force it is in "
        "force, and "
        "on the record as soon as that can be written; the output says which."},
    {2, "It cannot be done: the line cannot be read, or the ledger or state not be written."},
    {0, NULL},
};

/* ---- what is asked for ---- */

/* A segment that no request can have would be a slice that never goes dark. */
static enum pl_status check_segment(const struct pl_flagging *flagging, struct pl_str segment,
                                    struct pl_error *error)
{
    const struct pl_serve_line *serve = &flagging->serving->serve;

    for (size_t i = 0; i < serve->segments_count; i++)
        if (pl_str_equal(serve->segments[i].name, segment))
            return PL_OK;
    return pl_error_set(error, PL_E_USAGE,
                        "`%.*s` is no segment of `serve.segments`, so no request is in this slice; "
                        "say there where it is found",
                        PL_STR_ARG(segment));
}

static enum pl_status take_slice(struct pl_flagging *flagging, struct pl_error *error)
{
    struct pl_str rest = pl_str_of(flagging->settings->slice);

    flagging->change.slice = rest;
    if (!pl_flag_slice_is_valid(rest) || !pl_str_is_utf8(rest))
        return pl_error_set(error, PL_E_USAGE,
                            "`%s` is no slice: write SEGMENT=GROUP, such as language=hi",
                            flagging->settings->slice);
    while (rest.len > 0) {
        const char *equals = memchr(rest.ptr, '=', rest.len);
        const char *next = strstr(rest.ptr, " * ");

        PL_RETURN_IF(
            check_segment(flagging, (struct pl_str){rest.ptr, (size_t)(equals - rest.ptr)}, error));
        rest = pl_str_of(next == NULL ? "" : next + 3);
    }
    return PL_OK;
}

static enum pl_status take_off_or_on(struct pl_flagging *flagging, bool off, struct pl_error *error)
{
    if (flagging->settings->slice == NULL) {
        flagging->change.act = off ? PL_FLAG_ACT_OFF : PL_FLAG_ACT_ON;
        return PL_OK;
    }
    flagging->change.act = off ? PL_FLAG_ACT_SLICE_OFF : PL_FLAG_ACT_SLICE_ON;
    return take_slice(flagging, error);
}

static enum pl_status ask_off(struct pl_flagging *flagging, struct pl_error *error)
{
    return take_off_or_on(flagging, true, error);
}

static enum pl_status ask_on(struct pl_flagging *flagging, struct pl_error *error)
{
    return take_off_or_on(flagging, false, error);
}

static enum pl_status ask_slice(struct pl_flagging *flagging, struct pl_error *error)
{
    const char *lit = flagging->settings->lit;

    if (strcmp(lit, "on") != 0 && strcmp(lit, "off") != 0)
        return pl_error_set(error, PL_E_USAGE, "a slice goes `off` or `on`, not `%s`", lit);
    return take_off_or_on(flagging, strcmp(lit, "off") == 0, error);
}

static enum pl_status ask_share(struct pl_flagging *flagging, struct pl_error *error)
{
    struct pl_str text = pl_str_of(flagging->settings->value);
    const bool percent = pl_str_ends_with(text, PL_STR("%"));
    double share = 0.0;

    text.len -= percent;
    if (!pl_str_to_double(text, &share) || !(share >= 0.0 && share <= (percent ? 100.0 : 1.0)))
        return pl_error_set(error, PL_E_USAGE, "`%s` is no share: write 0.25 or 25%%, at most all",
                            flagging->settings->value);
    flagging->change.act = PL_FLAG_ACT_SHARE;
    flagging->change.share = percent ? share / 100.0 : share;
    return PL_OK;
}

static enum pl_status take_stage(struct pl_flagging *flagging, uint64_t stage,
                                 struct pl_error *error)
{
    const size_t count = flagging->serving->flag.rollout_count;

    if (count == 0)
        return pl_error_set(error, PL_E_USAGE,
                            "the line has no plan of a rollout; add `rollout: [5%%, 25%%, 100%%]` "
                            "to its section `flag`");
    if (stage >= count)
        return pl_error_set(error, PL_E_USAGE,
                            "flag.rollout has no stage %llu; its last one is %zu",
                            (unsigned long long)stage, count - 1);
    flagging->change.act = PL_FLAG_ACT_STAGE;
    flagging->change.stage = (uint32_t)stage;
    return PL_OK;
}

static enum pl_status ask_stage(struct pl_flagging *flagging, struct pl_error *error)
{
    uint64_t stage = 0;

    if (!pl_str_to_uint64(pl_str_of(flagging->settings->value), &stage))
        return pl_error_set(error, PL_E_USAGE, "`%s` is no stage: they are counted from 0",
                            flagging->settings->value);
    return take_stage(flagging, stage, error);
}

/* At the last stage it stays there. */
static enum pl_status ask_advance(struct pl_flagging *flagging, struct pl_error *error)
{
    const uint64_t next = (uint64_t)flagging->now.stage + 1;
    const size_t count = flagging->serving->flag.rollout_count;

    return take_stage(flagging, count > 0 && next >= count ? count - 1 : next, error);
}

#define RUN(word)                                                                                  \
    static int run_##word(const struct pl_call *call)                                              \
    {                                                                                              \
        return pl_flag_run_change(call, ask_##word);                                               \
    }

RUN(off)
RUN(on)
RUN(share)
RUN(stage)
RUN(advance)
RUN(slice)

static const struct pl_example SHOW_EXAMPLES[] = {
    {"plimsoll flag show", "Is it on, and for whom?"},
    {"plimsoll flag show --json", "The same for a program:"},
    {NULL, NULL},
};
static const struct pl_example OFF_EXAMPLES[] = {
    {"plimsoll flag off --why 'Wrong refunds.'", "Take the feature dark at once:"},
    {"plimsoll flag off --slice language=hi --why 'Wrong refunds in Hindi.'", "One slice of it:"},
    {NULL, NULL},
};
static const struct pl_example ON_EXAMPLES[] = {
    {"plimsoll flag on --why 'Mended, and judged again.'", "Let it be used again:"},
    {NULL, NULL},
};
static const struct pl_example SHARE_EXAMPLES[] = {
    {"plimsoll flag share 10% --why 'Fewer for the night.'", "For a tenth of the subjects:"},
    {NULL, NULL},
};
static const struct pl_example STAGE_EXAMPLES[] = {
    {"plimsoll flag stage 0 --why 'Back to the first ones.'", "Back to the first stage:"},
    {NULL, NULL},
};
static const struct pl_example ADVANCE_EXAMPLES[] = {
    {"plimsoll flag advance --why 'A week without complaints.'", "On to the next stage:"},
    {NULL, NULL},
};
static const struct pl_example SLICE_EXAMPLES[] = {
    {"plimsoll flag slice language=hi on --why 'Judged again.'", "Light a slice again:"},
    {NULL, NULL},
};

const struct pl_command PL_COMMAND_FLAG = {
    .name = "flag",
    .summary = "Show whether the feature is on, and for whom.",
    .about =
        "Shows the flag of the feature as it stands: killed or not, its share and the stage of "
        "its rollout, slices that are dark, the last verdict on the record, and who changed it "
        "last and why. The state is kept in .plimsoll/state.db beside the line, every change of "
        "it in the ledger.",
    .operands = OPERANDS,
    .options = SHOW_OPTIONS,
    .exits = SHOW_EXITS,
    .examples = SHOW_EXAMPLES,
    .run = pl_flag_run_show,
};

const struct pl_command PL_COMMAND_FLAG_SHOW = {
    .name = "flag show",
    .summary = "The same as `flag`.",
    .about =
        "Shows the flag of the feature as it stands: what is current, who made it so, when and "
        "why, and for each slice of a launch what the last verdict allows. So does `plimsoll "
        "flag` alone.",
    .operands = OPERANDS,
    .options = SHOW_OPTIONS,
    .exits = SHOW_EXITS,
    .examples = SHOW_EXAMPLES,
    .run = pl_flag_run_show,
};

const struct pl_command PL_COMMAND_FLAG_OFF = {
    .name = "flag off",
    .summary = "Take the feature dark, or one slice of it.",
    .about = "Kills the feature: it is off for everybody, whatever the line, share or stage say, "
             "from the next request on. With --slice only those in the slice are cut off. The "
             "change is durable in the ledger before it is in force, with who and why, and it "
             "survives a restart.",
    .operands = OPERANDS,
    .options = OFF_OPTIONS,
    .exits = OFF_EXITS,
    .examples = OFF_EXAMPLES,
    .run = run_off,
};

const struct pl_command PL_COMMAND_FLAG_ON = {
    .name = "flag on",
    .summary = "Undo `flag off`.",
    .about = "Takes back a kill; share, stage and dark slices are as they were. Refused when the "
             "last verdict of the feature on the record does not allow it, unless it is forced.",
    .operands = OPERANDS,
    .options = ON_OPTIONS,
    .exits = EXITS,
    .examples = ON_EXAMPLES,
    .run = run_on,
};

const struct pl_command PL_COMMAND_FLAG_SHARE = {
    .name = "flag share",
    .summary = "Let fewer subjects have the feature than the line says.",
    .about =
        "Sets the share of subjects for whom the feature is on: always the same ones, and a "
        "share that grows keeps them. It can only be below what the line says, or the stage of "
        "its rollout; the next stage takes it away. To raise it needs a verdict that allows it.",
    .operands = SHARE_OPERANDS,
    .options = OPENING_OPTIONS,
    .exits = EXITS,
    .examples = SHARE_EXAMPLES,
    .run = run_share,
};

const struct pl_command PL_COMMAND_FLAG_STAGE = {
    .name = "flag stage",
    .summary = "Go to a stage of the rollout.",
    .about = "Sets the stage of flag.rollout, counted from 0. Back is always allowed; forward only "
             "where the last verdict on the record allows it, unless it is forced.",
    .operands = STAGE_OPERANDS,
    .options = OPENING_OPTIONS,
    .exits = EXITS,
    .examples = STAGE_EXAMPLES,
    .run = run_stage,
};

const struct pl_command PL_COMMAND_FLAG_ADVANCE = {
    .name = "flag advance",
    .summary = "Go on to the next stage of the rollout.",
    .about =
        "Moves to the next stage of flag.rollout, where the last verdict of the feature on the "
        "record allows it. Without a verdict it is refused.",
    .operands = OPERANDS,
    .options = OPENING_OPTIONS,
    .exits = EXITS,
    .examples = ADVANCE_EXAMPLES,
    .run = run_advance,
};

const struct pl_command PL_COMMAND_FLAG_SLICE = {
    .name = "flag slice",
    .summary = "Take a slice dark, or light it again.",
    .about = "The same as `flag off --slice` and `flag on --slice`.",
    .operands = SLICE_OPERANDS,
    .options = OPENING_OPTIONS,
    .exits = EXITS,
    .examples = SLICE_EXAMPLES,
    .run = run_slice,
};
