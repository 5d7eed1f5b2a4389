/* Formats: times, identifiers, pointers and patterns here; hosts and addresses in format_address.c. */
#include "schema/format.h"

#include <string.h>

#include "schema/format_address.h"

struct scanner {
    struct pl_str text;
    size_t at;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char next_of(const struct scanner *scanner)
{
    return scanner->at < scanner->text.len ? scanner->text.ptr[scanner->at] : '\0';
}

static bool is_done(const struct scanner *scanner)
{
    return scanner->at == scanner->text.len;
}

static bool take(struct scanner *scanner, char c)
{
    if (is_done(scanner) || next_of(scanner) != c)
        return false;
    scanner->at++;
    return true;
}

/* Exactly that many digits. */
static bool take_number(struct scanner *scanner, size_t digits, int *ret_number)
{
    int number = 0;

    for (size_t i = 0; i < digits; i++) {
        if (!is_digit(next_of(scanner)))
            return false;
        number = number * 10 + (next_of(scanner) - '0');
        scanner->at++;
    }
    *ret_number = number;
    return true;
}

/* One digit or more, however many. */
static bool take_digits(struct scanner *scanner)
{
    const size_t from = scanner->at;

    while (is_digit(next_of(scanner)))
        scanner->at++;
    return scanner->at > from;
}

/* --- dates and times: RFC 3339 ---------------------------------------------------------------- */

static bool take_date(struct scanner *scanner)
{
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 0, month = 0, day = 0;

    if (!take_number(scanner, 4, &year) || !take(scanner, '-') ||
        !take_number(scanner, 2, &month) || !take(scanner, '-') || !take_number(scanner, 2, &day))
        return false;
    if (month < 1 || month > 12)
        return false;

    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return day >= 1 && day <= DAYS[month - 1] + (month == 2 && leap);
}

/* Z, or hours and minutes ahead of UTC. */
static bool take_offset(struct scanner *scanner, int *ret_minutes)
{
    int hours = 0, minutes = 0;
    const char sign = next_of(scanner);

    *ret_minutes = 0;
    if (take(scanner, 'Z') || take(scanner, 'z'))
        return true;
    if (!take(scanner, '+') && !take(scanner, '-'))
        return false;
    if (!take_number(scanner, 2, &hours) || !take(scanner, ':') ||
        !take_number(scanner, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ret_minutes = (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
    return true;
}

static bool take_time(struct scanner *scanner)
{
    int hour = 0, minute = 0, second = 0, offset = 0;

    if (!take_number(scanner, 2, &hour) || !take(scanner, ':') ||
        !take_number(scanner, 2, &minute) || !take(scanner, ':') ||
        !take_number(scanner, 2, &second) || hour > 23 || minute > 59 || second > 60)
        return false;
    if (take(scanner, '.') && !take_digits(scanner))
        return false;
    if (!take_offset(scanner, &offset))
        return false;

    /* A leap second ends a day of UTC. */
    const int utc = ((hour * 60 + minute - offset) % 1440 + 1440) % 1440;

    return second < 60 || utc == 1439;
}

static bool is_date(struct pl_str text)
{
    struct scanner scanner = {text, 0};

    return take_date(&scanner) && is_done(&scanner);
}

static bool is_time(struct pl_str text)
{
    struct scanner scanner = {text, 0};

    return take_time(&scanner) && is_done(&scanner);
}

static bool is_date_time(struct pl_str text)
{
    struct scanner scanner = {text, 0};

    return take_date(&scanner) && (take(&scanner, 'T') || take(&scanner, 't')) &&
           take_time(&scanner) && is_done(&scanner);
}

/* Numbers with these units, in their order and none left out between the first and the last. */
static bool take_units(struct scanner *scanner, const char *units)
{
    const char *due = NULL;

    while (is_digit(next_of(scanner))) {
        if (!take_digits(scanner) || is_done(scanner))
            return false;

        const char *unit = strchr(units, next_of(scanner));

        if (unit == NULL || (due != NULL && unit != due))
            return false;
        due = unit + 1;
        scanner->at++;
    }
    return due != NULL;
}

static bool is_duration(struct pl_str text)
{
    struct scanner scanner = {text, 0};

    if (!take(&scanner, 'P'))
        return false;
    if (text.len > 0 && text.ptr[text.len - 1] == 'W')
        return take_digits(&scanner) && take(&scanner, 'W') && is_done(&scanner);
    if (is_digit(next_of(&scanner)) && !take_units(&scanner, "YMD"))
        return false;
    if (take(&scanner, 'T'))
        return take_units(&scanner, "HMS") && is_done(&scanner);
    return text.len > 1 && is_done(&scanner);
}

/* --- identifiers and pointers ----------------------------------------------------------------- */

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_uuid(struct pl_str text)
{
    if (text.len != 36)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (i == 8 || i == 13 || i == 18 || i == 23 ? text.ptr[i] != '-' : !is_hex(text.ptr[i]))
            return false;
    return true;
}

static bool is_json_pointer(struct pl_str text)
{
    if (text.len > 0 && text.ptr[0] != '/')
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '~' &&
            (i + 1 == text.len || (text.ptr[i + 1] != '0' && text.ptr[i + 1] != '1')))
            return false;
    return true;
}

static bool is_relative_json_pointer(struct pl_str text)
{
    struct scanner scanner = {text, 0};

    if (!take_digits(&scanner) || (text.ptr[0] == '0' && scanner.at > 1))
        return false;
    if (take(&scanner, '#'))
        return is_done(&scanner);
    return is_json_pointer((struct pl_str){text.ptr + scanner.at, text.len - scanner.at});
}

static bool is_regex(struct pl_str text)
{
    static const struct pl_regex_options OPTIONS = {.syntax = PL_REGEX_ECMA};
    PL_CLEANUP(pl_regex_cleanup) struct pl_regex *regex = NULL;

    return pl_regex_compile(text, &OPTIONS, &regex, NULL) == PL_OK;
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct pl_schema_format_row ROWS[] = {
    {"date", is_date},
    {"date-time", is_date_time},
    {"duration", is_duration},
    {"email", pl_schema_is_email},
    {"hostname", pl_schema_is_hostname},
    {"idn-email", pl_schema_is_idn_email},
    {"ipv4", pl_schema_is_ipv4},
    {"ipv6", pl_schema_is_ipv6},
    {"iri", pl_schema_is_iri},
    {"iri-reference", pl_schema_is_iri_reference},
    {"json-pointer", is_json_pointer},
    {"regex", is_regex},
    {"relative-json-pointer", is_relative_json_pointer},
    {"time", is_time},
    {"uri", pl_schema_is_uri},
    {"uri-reference", pl_schema_is_uri_reference},
    {"uri-template", pl_schema_is_uri_template},
    {"uuid", is_uuid},
};

const struct pl_schema_format_row *pl_schema_format_find(struct pl_str name)
{
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (pl_str_equal_text(name, ROWS[i].name))
            return &ROWS[i];
    return NULL;
}
