/* The reference page as Markdown: for each section a table of its keys with type, default and
   meaning, and below it what the words of a key stand for. */
#include "line/reference.h"

#include <math.h>

#include "line/keys.h"

static const char INTRODUCTION[] =
    "# The line: `plimsoll.yaml`\n"
    "\n"
    "Every key of the line, with what may stand there. The page is written from the table that "
    "reads the line,\n"
    "so do not edit it by hand. `plimsoll check` reads a line and "
    "says every fault;\n"
    "`plimsoll check --explain` says back in sentences what it demands.\n"
    "\n"
    "Numbers may hold `_` between digits. A share is a number or a percentage: `0.25` and `25%` "
    "are the same.\n"
    "Where a list is wanted a single value stands for a list of one. Paths are relative to the "
    "line. A key that is\n"
    "not on this page is an error, as are aliases, tags and a second document. A line has at most "
    "1 MB.\n";

static const char *type_text(enum pl_key_type type)
{
    static const char *const TEXTS[] = {
        [PL_KEY_SECTION] = "section",
        [PL_KEY_NAME] = "text on one line",
        [PL_KEY_TEXT] = "text",
        [PL_KEY_SQL] = "SQL expression",
        [PL_KEY_PATH] = "path",
        [PL_KEY_TEXTS] = "list of text",
        [PL_KEY_NUMBER] = "number",
        [PL_KEY_SHARE] = "share",
        [PL_KEY_INTEGER] = "whole number",
        [PL_KEY_RATE] = "number for a period",
        [PL_KEY_DURATION] = "time",
        [PL_KEY_WORD] = "word",
        [PL_KEY_SWITCHES] = "list of words",
        [PL_KEY_BITS] = "list of words",
        [PL_KEY_NUMBERS] = "list of numbers",
        [PL_KEY_MAPPINGS] = "map of names",
        [PL_KEY_SEGMENTS] = "map of segments",
        [PL_KEY_COSTS] = "list of costs",
        [PL_KEY_BASELINE] = "map of baselines",
        [PL_KEY_LIMITS] = "list of limits",
        [PL_KEY_METRIC] = "measure",
        [PL_KEY_BY] = "segments and crossings",
        [PL_KEY_FLAG] = "`true` or `false`",
        [PL_KEY_NAMED] = "map of the keys below",
        [PL_KEY_LISTED] = "list of the keys below",
        [PL_KEY_JSON] = "map",
        [PL_KEY_PART] = "section",
        [PL_KEY_PARTS] = "section, or list of them",
        [PL_KEY_ARMS] = "map of shares, or of the keys below",
        [PL_KEY_GROUPS] = "map of lists of text",
        [PL_KEY_SHARES] = "list of shares",
        [PL_KEY_SIZE] = "amount of bytes",
        [PL_KEY_ON_OFF] = "`on` or `off`",
    };

    return TEXTS[type];
}

static void add_bounds(struct pl_buffer *out, const struct pl_key *key)
{
    const bool has_bounds = key->min < 0 || key->min > 0 || key->max < 0 || key->max > 0;

    if (!has_bounds || key->type == PL_KEY_DURATION)
        return;
    if (key->min == key->max)
        pl_buffer_add_format(out, ", %.15g", key->min);
    else if (isinf(key->max))
        pl_buffer_add_format(out, ", at least %.15g", key->min);
    else
        pl_buffer_add_format(out, ", %.16g to %.16g", key->min, key->max);
}

/* The third column: the default, or that there is none to fall back on. */
static void add_default(struct pl_buffer *out, const struct pl_key *key)
{
    if (key->required)
        pl_buffer_add_text(out, "**required**");
    else if (key->fallback != NULL)
        pl_buffer_add_format(out, "`%s`", key->fallback);
}

static void add_row(struct pl_buffer *out, const struct pl_key *key)
{
    pl_buffer_add_format(out, "| `%s` | %s", key->name, type_text(key->type));
    add_bounds(out, key);
    pl_buffer_add_text(out, " | ");
    add_default(out, key);
    pl_buffer_add_format(out, " | %s", key->help);
    if (key->example != NULL)
        pl_buffer_add_format(out, " For example `%s`.", key->example);
    pl_buffer_add_text(out, " |\n");
}

static void add_words(struct pl_buffer *out, const struct pl_key *key)
{
    pl_buffer_add_format(out, "\nThe words of `%s`:\n\n", key->name);
    for (size_t i = 0; i < key->words->count; i++)
        pl_buffer_add_format(out, "- `%s`: %s\n", key->words->items[i].name,
                             key->words->items[i].help);
}

static void add_section(struct pl_buffer *out, enum pl_section section)
{
    const struct pl_section_help *help = pl_section_help_at(section);

    if (help->path[0] == '\0')
        pl_buffer_add_text(out, "\n## The top\n");
    else
        pl_buffer_add_format(out, "\n## `%s`\n", help->path);
    pl_buffer_add_format(out, "\n%s\n\n", help->help);
    pl_buffer_add_text(out, "| key | type | default | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; i < pl_keys_count(); i++)
        if (pl_key_at(i)->section == section)
            add_row(out, pl_key_at(i));
    for (size_t i = 0; i < pl_keys_count(); i++)
        if (pl_key_at(i)->section == section && pl_key_at(i)->words != NULL)
            add_words(out, pl_key_at(i));
}

void pl_line_reference(struct pl_buffer *out)
{
    pl_buffer_add_text(out, INTRODUCTION);
    for (int section = 0; section < PL_SECTIONS_COUNT; section++)
        add_section(out, (enum pl_section)section);
}
