/*
 * The filter `deny`: a pattern that must not be found. The text is searched as it comes: what may be the
 * beginning of a match is held back, and looked at again when more is there.
 *
 * That the cutting does not matter rests on one fact of PCRE2's partial matching (PCRE2_PARTIAL_HARD): a
 * search from one place either comes to an end without having seen the end of the text, and then would have
 * come to the same end in any longer text, or it says that it has seen it. So for each place there is one
 * verdict, whenever it is found. It needs patterns whose matches from a place depend on nothing but the text:
 * `\G` and verbs such as `(*SKIP)`, which speak of the search itself, are refused.
 *
 * A search from one place sees at most `hold_bytes_max` of the text beyond it, unless the text ends
 * there; takes a bounded number of steps; and all searches of a row together take a bounded time. Over any of
 * these the seat gives up, at that place.
 */
#include "guard/filter.h"

#include "base/file.h"

#include <string.h>

/* Places searched from in one go, so that the time is looked at in between. */
#define PLACES_MAX       256
#define PLACES_MAX_TIMED 32

/* What each byte of the text adds to the time that a row may search in it. */
#define SEARCH_NS_MAX_FOR_BYTE UINT64_C(100)

/* The part of that time after which it is counted as the processor's, not by the clock on the wall. */
#define WALL_PART 8

/* Below this length what is held is looked at with every piece, above only when it has grown by an eighth. */
#define HELD_SMALL_BYTES 256
#define HELD_GROWTH      8

/* ---- compiling ---- */

/* The first part of the pattern that speaks of the search and not of the text; NULL: none. */
static const char *of_the_search(struct pl_str pattern)
{
    for (size_t i = 0; i + 1 < pattern.len; i++) {
        const char next = pattern.ptr[i + 1];

        if (pattern.ptr[i] == '\\' && next == 'Q') {
            const char *end = memmem(pattern.ptr + i, pattern.len - i, "\\E", 2);

            if (end == NULL)
                return NULL;
            i = (size_t)(end - pattern.ptr) + 1;
        } else if (pattern.ptr[i] == '\\') {
            if (next == 'G')
                return "\\G";
            i++;
        } else if (pattern.ptr[i] == '(' && next == '*' &&
                   (i + 2 == pattern.len || pattern.ptr[i + 2] < 'a' || pattern.ptr[i + 2] > 'z')) {
            return "(*";
        }
    }
    return NULL;
}

static enum pl_status compile(const struct pl_guard_line *row, void **ret_compiled,
                              struct pl_error *error)
{
    const struct pl_regex_options options = {.caseless = row->ignore_case, .in_parts = true};
    const char *wrong = of_the_search(row->pattern);
    struct pl_error why = {0};
    struct pl_regex *regex = NULL;

    if (wrong != NULL)
        return pl_error_set(error, PL_E_LINE,
                            "the pattern of the filter `%.*s` has `%s`, which is not allowed here: "
                            "what it finds must depend on the text alone; take it out, or write "
                            "`[(][*]` for the characters",
                            PL_STR_ARG(row->name), wrong);

    const enum pl_status status = pl_regex_compile(row->pattern, &options, &regex, &why);

    if (status == PL_E_MEMORY)
        return pl_error_set(error, status, "%s", why.message);
    if (status != PL_OK)
        return pl_error_set(error, PL_E_LINE, "the pattern of the filter `%.*s` is wrong: %s",
                            PL_STR_ARG(row->name), why.message);
    if (pl_regex_may_be_empty(regex)) {
        pl_regex_free(regex);
        return pl_error_set(error, PL_E_LINE,
                            "the pattern of the filter `%.*s` matches the empty text, which is "
                            "everywhere; make it ask for at least one character",
                            PL_STR_ARG(row->name));
    }
    *ret_compiled = regex;
    return PL_OK;
}

static void release(void *compiled)
{
    pl_regex_free(compiled);
}

/* ---- looking ---- */

static bool is_worth_a_look(const struct pl_guard_seat *seat, const struct pl_guard_view *view)
{
    const size_t len = view->text.len;

    if (view->ended || view->broken || seat->looked <= seat->from)
        return true;

    const size_t held = seat->looked - seat->from;

    return len > seat->looked &&
           (held < HELD_SMALL_BYTES || len - seat->looked >= held / HELD_GROWTH);
}

static uint64_t time_max_ns(const struct pl_guard_view *view)
{
    return view->search_ns_max + SEARCH_NS_MAX_FOR_BYTE * view->text.len;
}

struct search {
    const struct pl_regex *regex;
    struct pl_regex_look look;
    struct pl_regex_sight sight;
};

/*
 * A search whose time is counted. The clock on the wall is cheap and enough while little time went by; it
 * runs on while other threads have the processor, so beyond that the thread's own time decides.
 */
static enum pl_status scan(struct search *search, const struct pl_guard_view *view,
                           struct pl_guard_seat *seat, struct pl_error *error)
{
    const uint64_t start_ns = seat->timed ? pl_clock_thread_ns() : *view->now_ns;
    const enum pl_status status =
        pl_regex_scan(search->regex, view->scratch->match, &search->look, &search->sight, error);

    *view->now_ns = pl_clock_monotonic_ns();
    seat->spent_ns += (seat->timed ? pl_clock_thread_ns() : *view->now_ns) - start_ns;
    if (!seat->timed && seat->spent_ns > time_max_ns(view) / WALL_PART) {
        seat->timed = true;
        seat->spent_ns = 0;
    }
    return status;
}

static bool took_too_long(const struct pl_guard_seat *seat, const struct pl_guard_view *view)
{
    return seat->timed && seat->spent_ns > time_max_ns(view);
}

static void give_up(struct pl_guard_seat *seat, enum pl_guard_reason reason)
{
    seat->done = true;
    pl_guard_seat_find(seat, reason, seat->from, seat->from);
}

/* A match that begins to show at seat->from, in all the text that may be looked at. False: look again. */
static bool wait(struct pl_guard_seat *seat, const struct pl_guard_view *view)
{
    if (view->text.len - seat->from >= view->hold_bytes_max) {
        give_up(seat, PL_GUARD_HELD_TOO_LONG);
        return true;
    }
    seat->looked = view->text.len;
    if (!view->ended)
        return true;
    seat->closing = true;
    return false;
}

/* Goes by what was seen. True: there is nothing more to be seen for now. */
static bool heed(struct pl_guard_seat *seat, const struct pl_guard_view *view,
                 const struct search *search)
{
    const struct pl_regex_sight *sight = &search->sight;
    const struct pl_str text = view->text;

    switch (sight->seen) {
    case PL_REGEX_SEEN_MATCH:
        pl_guard_seat_find(seat, PL_GUARD_FOUND, sight->start, sight->end);
        seat->from =
            sight->end > seat->from ? sight->end : pl_guard_character_after(text, seat->from + 1);
        return true;
    case PL_REGEX_SEEN_BEGUN:
        if (sight->start == seat->from)
            return wait(seat, view);
        seat->from = sight->start;
        return false;
    case PL_REGEX_SEEN_NONE:
        seat->from = search->look.from_end;
        return false;
    }
    return false;
}

static enum pl_status look(const struct pl_guard_line *row, const void *compiled,
                           const struct pl_guard_view *view, struct pl_guard_seat *seat,
                           struct pl_error *error)
{
    const struct pl_str text = view->text;
    size_t places = seat->timed ? PLACES_MAX_TIMED : PLACES_MAX;

    (void)row;
    if (!is_worth_a_look(seat, view))
        return PL_OK;
    while (seat->from < text.len) {
        const size_t reach =
            view->hold_bytes_max < text.len - seat->from
                ? pl_guard_character_before(text, seat->from + view->hold_bytes_max)
                : text.len;
        const size_t end = places < reach - seat->from
                               ? pl_guard_character_after(text, seat->from + places)
                               : reach;
        struct search search = {
            .regex = compiled,
            .look = {.text = {text.ptr, reach},
                     .from = seat->from,
                     .from_end = end < reach ? end : reach,
                     .more_comes = !seat->closing || reach < text.len},
        };
        const enum pl_status status = scan(&search, view, seat, error);

        if (status == PL_E_MEMORY)
            return status;
        if (took_too_long(seat, view) || (status != PL_OK && places == 1)) {
            give_up(seat, PL_GUARD_TOO_COSTLY);
            return PL_OK;
        }
        if (status != PL_OK)
            places /= 2; /* which place it was */
        else if (heed(seat, view, &search))
            return PL_OK;
    }
    seat->done = view->ended;
    return PL_OK;
}

const struct pl_guard_kind PL_GUARD_KIND_DENY = {
    .compile = compile, .release = release, .look = look};
