/*
 * Dates of HTTP (RFC 9110 5.6.7), in all three forms that a recipient must take:
 *
 *     Sun, 06 Nov 1994 08:49:37 GMT    IMF-fixdate
 *     Sunday, 06-Nov-94 08:49:37 GMT   RFC 850
 *     Sun Nov  6 08:49:37 1994         asctime
 *
 * The day of the week is read over. Days are counted by the civil calendar (H. Hinnant, "chrono-Compatible
 * Low-Level Date Algorithms"), years 1970 to 9999.
 */
#include "client/retry.h"

#include <string.h>

#define SECONDS_PER_DAY ((int64_t)86400)

struct date {
    int64_t year, month, day;
    int64_t hour, minute, second;
};

/* Takes so many digits off the front. */
static bool take_number(struct pl_str *text, size_t digits, int64_t *ret_number)
{
    int64_t number = 0;

    if (text->len < digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        const char c = text->ptr[i];

        if (c < '0' || c > '9')
            return false;
        number = number * 10 + (c - '0');
    }
    *text = (struct pl_str){text->ptr + digits, text->len - digits};
    *ret_number = number;
    return true;
}

static bool take_text(struct pl_str *text, const char *expected)
{
    const struct pl_str front = pl_str_of(expected);

    if (!pl_str_starts_with(*text, front))
        return false;
    *text = (struct pl_str){text->ptr + front.len, text->len - front.len};
    return true;
}

static bool take_month(struct pl_str *text, int64_t *ret_month)
{
    static const char *const NAMES[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

    for (int64_t i = 0; i < 12; i++) {
        if (take_text(text, NAMES[i])) {
            *ret_month = i + 1;
            return true;
        }
    }
    return false;
}

static bool take_time(struct pl_str *text, struct date *date)
{
    return take_number(text, 2, &date->hour) && take_text(text, ":") &&
           take_number(text, 2, &date->minute) && take_text(text, ":") &&
           take_number(text, 2, &date->second);
}

static bool read_fixdate(struct pl_str text, struct date *date)
{
    return take_number(&text, 2, &date->day) && take_text(&text, " ") &&
           take_month(&text, &date->month) && take_text(&text, " ") &&
           take_number(&text, 4, &date->year) && take_text(&text, " ") && take_time(&text, date) &&
           take_text(&text, " GMT") && text.len == 0;
}

/* The year has two digits only: it is the one within fifty years of now. */
static bool read_rfc850(struct pl_str text, int64_t now_unix_s, struct date *date)
{
    const int64_t now_year = 1970 + now_unix_s / (SECONDS_PER_DAY * 36525 / 100);

    if (!take_number(&text, 2, &date->day) || !take_text(&text, "-") ||
        !take_month(&text, &date->month) || !take_text(&text, "-") ||
        !take_number(&text, 2, &date->year) || !take_text(&text, " ") || !take_time(&text, date) ||
        !take_text(&text, " GMT") || text.len != 0)
        return false;
    date->year += now_year - now_year % 100;
    if (date->year > now_year + 50)
        date->year -= 100;
    else if (date->year + 50 <= now_year)
        date->year += 100;
    return true;
}

static bool read_asctime(struct pl_str text, struct date *date)
{
    return take_month(&text, &date->month) && take_text(&text, " ") &&
           (take_text(&text, " ") ? take_number(&text, 1, &date->day)
                                  : take_number(&text, 2, &date->day)) &&
           take_text(&text, " ") && take_time(&text, date) && take_text(&text, " ") &&
           take_number(&text, 4, &date->year) && text.len == 0;
}

static bool is_sound(const struct date *date)
{
    return date->year >= 1970 && date->day >= 1 && date->day <= 31 && date->hour <= 23 &&
           date->minute <= 59 && date->second <= 60;
}

static int64_t days_of(const struct date *date)
{
    const int64_t year = date->month <= 2 ? date->year - 1 : date->year;
    const int64_t era = year / 400;
    const int64_t year_of_era = year - era * 400;
    const int64_t month = (date->month + 9) % 12; /* March is 0 */
    const int64_t day_of_year = (153 * month + 2) / 5 + date->day - 1;
    const int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

bool pl_http_date_read(struct pl_str text, int64_t now_unix_s, int64_t *ret_unix_s)
{
    const char *blank = memchr(text.ptr, ' ', text.len);
    struct date date = {0};

    if (blank == NULL)
        return false;

    const size_t after = (size_t)(blank - text.ptr) + 1;
    const struct pl_str rest = {text.ptr + after, text.len - after};

    if (!read_fixdate(rest, &date) && !read_rfc850(rest, now_unix_s, &date) &&
        !read_asctime(rest, &date))
        return false;
    if (!is_sound(&date))
        return false;
    *ret_unix_s =
        days_of(&date) * SECONDS_PER_DAY + date.hour * 3600 + date.minute * 60 + date.second;
    return true;
}
