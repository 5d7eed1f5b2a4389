/* Drawing values and filling them in. Nothing here can be anybody's: hosts end in .example, telephone numbers
   begin with a country code that is not given out, cards with a zero, and names are put together at random. */
#include "redteam/values.h"

#include "base/rng.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#define TEXT_SIZE_BYTES_MAX ((size_t)256 << 10)

static const char *const WORDS[] = {
    "amber",  "badger",  "cedar",   "dolphin", "ember", "falcon", "garnet", "hazel",
    "indigo", "juniper", "kettle",  "lantern", "maple", "nettle", "orchid", "pebble",
    "quartz", "raven",   "saffron", "thistle", "umber", "velvet", "walnut", "yarrow",
};
static const char *const FIRST_NAMES[] = {"Maren", "Tobin", "Ilse",  "Corwin", "Nadja", "Edda",
                                          "Joran", "Linde", "Matti", "Petra",  "Ruben", "Sanna"};
static const char *const LAST_NAMES[] = {"Holmquist", "Brandow",   "Castellar", "Duvernay",
                                         "Eskander",  "Fairwick",  "Gundersby", "Harrowgate",
                                         "Ivarsmark", "Kettlewin", "Lomberg",   "Morvane"};

/* Letters and digits that are not mistaken for each other. */
static const char CODE_SIGNS[] = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";
static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char DIGITS[] = "0123456789";

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

void pl_redteam_values_set(struct pl_redteam_values *values, const char *name, struct pl_str text)
{
    assert(values->count < PL_REDTEAM_VALUES_MAX);
    values->items[values->count++] = (struct pl_redteam_value){name, text};
}

/* A pattern where '#' stands for a digit, '?' for a letter, '*' for either, and all else for itself. */
static void draw_pattern(struct pl_redteam_values *values, const char *name, const char *pattern,
                         struct pl_rng *rng)
{
    char text[64];
    size_t length = 0;

    for (; pattern[length] != '\0' && length < sizeof text; length++) {
        const char c = pattern[length];
        const char *signs = c == '#' ? DIGITS : c == '?' ? LETTERS : c == '*' ? CODE_SIGNS : NULL;

        text[length] = signs == NULL ? c : signs[pl_rng_below(rng, strlen(signs))];
    }
    pl_redteam_values_set(values, name,
                          pl_arena_copy(values->arena, (struct pl_str){text, length}));
}

/* Two words that differ, so that no needle is put together from one. */
static void draw_words(struct pl_redteam_values *values, struct pl_rng *rng)
{
    const size_t first = (size_t)pl_rng_below(rng, COUNT_OF(WORDS));
    const size_t apart = 1 + (size_t)pl_rng_below(rng, COUNT_OF(WORDS) - 1);

    pl_redteam_values_set(values, "word_a", pl_str_of(WORDS[first]));
    pl_redteam_values_set(values, "word_b", pl_str_of(WORDS[(first + apart) % COUNT_OF(WORDS)]));
}

static void draw_person(struct pl_redteam_values *values, struct pl_rng *rng)
{
    const char *first = FIRST_NAMES[pl_rng_below(rng, COUNT_OF(FIRST_NAMES))];
    const char *last = LAST_NAMES[pl_rng_below(rng, COUNT_OF(LAST_NAMES))];
    const unsigned number = 1000 + (unsigned)pl_rng_below(rng, 9000);
    struct pl_str email =
        pl_arena_format(values->arena, "%s.%s%u@letters.example", first, last, number);

    if (email.ptr != NULL) {
        char *letters = pl_arena_alloc(values->arena, email.len + 1);

        for (size_t i = 0; letters != NULL && i < email.len; i++)
            letters[i] = (char)tolower((unsigned char)email.ptr[i]);
        email.ptr = letters;
    }
    pl_redteam_values_set(values, "person", pl_arena_format(values->arena, "%s %s", first, last));
    pl_redteam_values_set(values, "email", email);
    pl_redteam_values_set(
        values, "birth",
        pl_arena_format(values->arena, "19%02u-%02u-%02u", 50 + (unsigned)pl_rng_below(rng, 50),
                        1 + (unsigned)pl_rng_below(rng, 12), 1 + (unsigned)pl_rng_below(rng, 28)));
}

static void draw_numbers(struct pl_redteam_values *values, struct pl_rng *rng)
{
    /* Seven digits are too many to stand in an answer by chance, and few enough to add up. */
    const unsigned first = 2000000 + (unsigned)pl_rng_below(rng, 2900000);
    const unsigned second = 2000000 + (unsigned)pl_rng_below(rng, 2900000);
    const unsigned number = 10000 + (unsigned)pl_rng_below(rng, 90000);

    pl_redteam_values_set(values, "first", pl_arena_format(values->arena, "%u", first));
    pl_redteam_values_set(values, "second", pl_arena_format(values->arena, "%u", second));
    pl_redteam_values_set(values, "sum", pl_arena_format(values->arena, "%u", first + second));
    pl_redteam_values_set(values, "number", pl_arena_format(values->arena, "%u", number));
}

bool pl_redteam_values_draw(struct pl_redteam_values *values, uint64_t seed, struct pl_str id,
                            struct pl_arena *arena)
{
    static const struct {
        const char *name, *pattern;
    } PATTERNS[] = {
        {"code", "****-****-****"},          {"key", "dk_test_**********************"},
        {"letters", "??????????"},           {"phone", "+999 ## ### ####"},
        {"card", "0### #### #### ####"},     {"id", "ZZ-####-####-##"},
        {"host", "collector-#####.example"}, {"marker", "??##-??##-####"},
    };
    struct pl_rng rng;

    *values = (struct pl_redteam_values){.arena = arena};
    pl_rng_init(&rng, seed, pl_str_hash(id));
    for (size_t i = 0; i < COUNT_OF(PATTERNS); i++)
        draw_pattern(values, PATTERNS[i].name, PATTERNS[i].pattern, &rng);
    draw_words(values, &rng);
    draw_person(values, &rng);
    draw_numbers(values, &rng);
    for (size_t i = 0; i < values->count; i++)
        if (values->items[i].text.ptr == NULL)
            return false;
    return true;
}

/* The value whose name stands in braces at the beginning of the text, or NULL. */
static const struct pl_redteam_value *value_at(const struct pl_redteam_values *values,
                                               const char *text)
{
    const size_t length = strcspn(text + 1, "}");

    for (size_t i = 0; i < values->count; i++)
        if (strlen(values->items[i].name) == length &&
            memcmp(values->items[i].name, text + 1, length) == 0)
            return &values->items[i];
    return NULL;
}

struct pl_str pl_redteam_values_fill(const struct pl_redteam_values *values, const char *text)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};

    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    while (*text != '\0') {
        const size_t plain = strcspn(text, "{");
        const struct pl_redteam_value *value = NULL;

        pl_buffer_add(&out, (struct pl_str){text, plain});
        text += plain;
        if (*text == '\0')
            break;
        value = value_at(values, text);
        if (value != NULL) {
            pl_buffer_add(&out, value->text);
            text += strlen(value->name) + 2;
        } else {
            pl_buffer_add_char(&out, *text++);
        }
    }
    if (out.failed != PL_OK)
        return (struct pl_str){NULL, 0};
    return pl_arena_copy(values->arena, pl_buffer_view(&out));
}
