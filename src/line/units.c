/* Numbers with units. A unit is what follows the number; each kind of quantity has a table of the
   units it knows and what one of them is worth. */
#include "line/units.h"

#include <math.h>
#include <stddef.h>

#define DAYS_PER_YEAR   365.25
#define DURATION_MS_MAX 1e15
#define SIZE_BYTES_MAX  1e15

struct unit {
    const char *name;
    double worth;
};

/* Periods in a year. */
static const struct unit PERIODS[] = {
    {"year", 1},
    {"month", 12},
    {"week", DAYS_PER_YEAR / 7},
    {"day", DAYS_PER_YEAR},
    {"hour", DAYS_PER_YEAR * 24},
    {"minute", DAYS_PER_YEAR * 24 * 60},
    {"second", DAYS_PER_YEAR * 24 * 60 * 60},
};

/* Milliseconds in one. `ms` stands before `s` and `m`, which end it too. */
static const struct unit TIMES[] = {
    {"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}, {"w", 604800e3},
};

/* Bytes in one. `B` stands last, since it ends all others. */
static const struct unit SIZES[] = {
    {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}, {"kB", 1e3},
    {"MB", 1e6},   {"GB", 1e9},      {"B", 1},
};

/* Takes a unit off the end of the text; NULL when none of them stands there. */
static const struct unit *take_unit(struct pl_str *text, const struct unit *units, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct pl_str name = pl_str_of(units[i].name);

        if (!pl_str_ends_with(*text, name))
            continue;
        text->len -= name.len;
        return &units[i];
    }
    return NULL;
}

bool pl_units_share(struct pl_str text, double *ret_value)
{
    const bool is_percentage = pl_str_ends_with(text, PL_STR("%"));
    double value = 0;

    if (is_percentage)
        text.len--;
    if (!pl_str_to_double(text, &value))
        return false;
    *ret_value = is_percentage ? value / 100 : value;
    return true;
}

bool pl_units_rate(struct pl_str text, double *ret_per_year)
{
    const struct unit *period = take_unit(&text, PERIODS, sizeof PERIODS / sizeof *PERIODS);
    double value = 0;

    if (period == NULL || !pl_str_ends_with(text, PL_STR("/")))
        return false;
    text.len--;
    if (!pl_str_to_double(pl_str_trim(text), &value) || !isfinite(value * period->worth))
        return false;
    *ret_per_year = value * period->worth;
    return true;
}

bool pl_units_duration(struct pl_str text, uint64_t *ret_ms)
{
    const struct unit *unit = take_unit(&text, TIMES, sizeof TIMES / sizeof *TIMES);
    double value = 0;

    if (unit == NULL || !pl_str_to_double(text, &value))
        return false;
    value *= unit->worth;
    if (value < 0 || value > DURATION_MS_MAX)
        return false;
    *ret_ms = (uint64_t)llround(value);
    return true;
}

bool pl_units_size(struct pl_str text, uint64_t *ret_bytes)
{
    const struct unit *unit = take_unit(&text, SIZES, sizeof SIZES / sizeof *SIZES);
    double value = 0;

    if (unit == NULL || !pl_str_to_double(pl_str_trim(text), &value))
        return false;
    value *= unit->worth;
    if (value < 0 || value > SIZE_BYTES_MAX)
        return false;
    *ret_bytes = (uint64_t)llround(value);
    return true;
}
