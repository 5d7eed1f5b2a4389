/* Numbers with units. A unit is what follows the number; each kind of quantity has a table of the
   units it knows and what one of them is worth. */
#include "line/units.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

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
    {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}, {"kB", 1e3}, {"MB", 1e6},
    {"GB", 1e9},   {"B", 1},
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

/* Days from 1970-01-01 in the calendar of today, by counting years from March (Hinnant, "chrono-compatible
   low-level date algorithms"). */
static int64_t days_of(int year, int month, int day)
{
    const int64_t y = month <= 2 ? year - 1 : year;
    const int64_t era = y / 400;
    const int64_t of_era = y - era * 400;
    const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool is_day(int year, int month, int day)
{
    static const int LENGTHS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    if (year < 1970 || month < 1 || month > 12 || day < 1)
        return false;
    return day <= LENGTHS[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

/* Numbers where the shape has zeros; every other character stands for itself. `ret_numbers` is all zero. */
static bool read_shape(struct pl_str text, const char *shape, int *ret_numbers)
{
    size_t number = 0;

    if (text.len != strlen(shape))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const bool is_digit = text.ptr[i] >= '0' && text.ptr[i] <= '9';

        if (shape[i] == '0' ? !is_digit : text.ptr[i] != shape[i])
            return false;
        if (shape[i] == '0')
            ret_numbers[number] = ret_numbers[number] * 10 + (text.ptr[i] - '0');
        number += shape[i] == '0' ? 0 : 1;
    }
    return true;
}

static bool read_date(struct pl_str text, uint64_t *ret_ms)
{
    static const char *const SHAPES[] = {"0000-00-00", "0000-00-00T00:00", "0000-00-00T00:00:00"};
    int numbers[8];
    bool is_read = false;

    if (text.len > 11 && pl_str_ends_with(text, PL_STR("Z")))
        text.len--;
    for (size_t i = 0; !is_read && i < sizeof SHAPES / sizeof *SHAPES; i++) {
        memset(numbers, 0, sizeof numbers);
        is_read = read_shape(text, SHAPES[i], numbers);
    }
    if (!is_read || !is_day(numbers[0], numbers[1], numbers[2]))
        return false;
    if (numbers[3] > 23 || numbers[4] > 59 || numbers[5] > 59)
        return false;
    *ret_ms = (uint64_t)(days_of(numbers[0], numbers[1], numbers[2]) * 86400 + numbers[3] * 3600 +
                         numbers[4] * 60 + numbers[5]) *
              1000;
    return true;
}

bool pl_units_moment(struct pl_str text, uint64_t now_ms, uint64_t *ret_ms)
{
    const uint64_t day_ms = 86400000;
    const uint64_t today_ms = now_ms - now_ms % day_ms;
    uint64_t ago_ms = 0;

    if (pl_str_equal_text(text, "now"))
        *ret_ms = now_ms;
    else if (pl_str_equal_text(text, "today"))
        *ret_ms = today_ms;
    else if (pl_str_equal_text(text, "yesterday") && today_ms >= day_ms)
        *ret_ms = today_ms - day_ms;
    else if (pl_units_duration(text, &ago_ms) && ago_ms <= now_ms)
        *ret_ms = now_ms - ago_ms;
    else
        return read_date(text, ret_ms);
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
