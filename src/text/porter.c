/*
 * M. F. Porter, An algorithm for suffix stripping, Program 14(3) (1980), with the changes of NLTK's
 * PorterStemmer in its mode NLTK_EXTENSIONS. Each step is a list of rules; the first whose suffix fits
 * decides, whether its condition holds or not. Agrees with NLTK on a list of words in
 * tests/unit/text and on random ones (tests/cli/test_text_metrics.py).
 */
#include "text/porter.h"

#include <stdbool.h>
#include <string.h>

struct word {
    char *ptr;
    size_t length;
};

/* What must hold of the stem before the suffix. */
enum condition {
    ALWAYS,
    MEASURE_1,           /* it has a vowel followed by a consonant */
    MEASURE_2,           /* it has two such pairs */
    MEASURE_2_AFTER_S_T, /* and ends in s or t */
    MEASURE_1_WITH_L,    /* MEASURE_1 of the stem and the first letter of the suffix */
    MEASURE_2_WITH_L,    /* MEASURE_2 likewise */
    AFTER_CONSONANT,     /* it has two letters or more, the last one a consonant */
};

struct rule {
    const char *suffix;
    const char *replacement;
    enum condition condition;
};

static bool is_vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}

/* A y is a consonant at the start and after a vowel. */
static bool is_consonant_after(char c, bool is_first, bool after_consonant)
{
    if (c == 'y')
        return is_first || !after_consonant;
    return !is_vowel(c);
}

static bool is_consonant(const struct word *word, size_t at)
{
    bool consonant = false;

    for (size_t i = 0; i <= at; i++)
        consonant = is_consonant_after(word->ptr[i], i == 0, consonant);
    return consonant;
}

/* How many times a vowel is followed by a consonant in the first `length` letters. */
static size_t measure(const struct word *word, size_t length)
{
    bool before = true;
    size_t pairs = 0;

    for (size_t i = 0; i < length; i++) {
        const bool consonant = is_consonant_after(word->ptr[i], i == 0, before);

        pairs += i > 0 && consonant && !before;
        before = consonant;
    }
    return pairs;
}

static bool has_vowel(const struct word *word, size_t length)
{
    bool consonant = true;

    for (size_t i = 0; i < length; i++) {
        consonant = is_consonant_after(word->ptr[i], i == 0, consonant);
        if (!consonant)
            return true;
    }
    return false;
}

static bool ends_with(const struct word *word, const char *suffix)
{
    const size_t length = strlen(suffix);

    return word->length >= length && memcmp(word->ptr + word->length - length, suffix, length) == 0;
}

static bool ends_in_double_consonant(const struct word *word)
{
    const size_t length = word->length;

    return length >= 2 && word->ptr[length - 1] == word->ptr[length - 2] &&
           is_consonant(word, length - 1);
}

/* Consonant, vowel, consonant other than w, x and y; or a vowel and a consonant alone. */
static bool ends_in_cvc(const struct word *word)
{
    const size_t length = word->length;

    if (length == 2)
        return !is_consonant(word, 0) && is_consonant(word, 1);
    if (length < 3)
        return false;

    const char last = word->ptr[length - 1];

    return is_consonant(word, length - 3) && !is_consonant(word, length - 2) &&
           is_consonant(word, length - 1) && last != 'w' && last != 'x' && last != 'y';
}

static void set_end(struct word *word, size_t stem_length, const char *end)
{
    const size_t length = strlen(end);

    memcpy(word->ptr + stem_length, end, length);
    word->length = stem_length + length;
}

static bool holds(const struct word *word, size_t stem, enum condition condition)
{
    switch (condition) {
    case ALWAYS:
        return true;
    case MEASURE_1:
        return measure(word, stem) > 0;
    case MEASURE_2:
        return measure(word, stem) > 1;
    case MEASURE_2_AFTER_S_T:
        return measure(word, stem) > 1 &&
               (word->ptr[stem - 1] == 's' || word->ptr[stem - 1] == 't');
    case MEASURE_1_WITH_L:
        return measure(word, stem + 1) > 0;
    case MEASURE_2_WITH_L:
        return measure(word, stem + 1) > 1;
    case AFTER_CONSONANT:
    default:
        return stem > 1 && is_consonant(word, stem - 1);
    }
}

/* True when some rule's suffix fits, done or not. */
static bool apply(struct word *word, const struct rule *rules)
{
    for (const struct rule *rule = rules; rule->suffix != NULL; rule++) {
        if (!ends_with(word, rule->suffix))
            continue;

        const size_t stem = word->length - strlen(rule->suffix);

        if (holds(word, stem, rule->condition))
            set_end(word, stem, rule->replacement);
        return true;
    }
    return false;
}

static void drop_plural(struct word *word)
{
    static const struct rule RULES[] = {
        {"sses", "ss", ALWAYS}, {"ies", "i", ALWAYS}, {"ss", "ss", ALWAYS},
        {"s", "", ALWAYS},      {NULL, NULL, ALWAYS},
    };

    if (word->length == 4 && ends_with(word, "ies"))
        word->length--;
    else
        (void)apply(word, RULES);
}

/* After -ed or -ing: -at, -bl and -iz get their e back, a double consonant is halved. */
static void mend(struct word *word)
{
    static const struct rule RULES[] = {
        {"at", "ate", ALWAYS},
        {"bl", "ble", ALWAYS},
        {"iz", "ize", ALWAYS},
        {NULL, NULL, ALWAYS},
    };

    if (apply(word, RULES))
        return;
    if (ends_in_double_consonant(word)) {
        const char last = word->ptr[word->length - 1];

        word->length -= last != 'l' && last != 's' && last != 'z';
    } else if (measure(word, word->length) == 1 && ends_in_cvc(word)) {
        set_end(word, word->length, "e");
    }
}

static void drop_past(struct word *word)
{
    static const char *const SUFFIXES[] = {"ed", "ing"};

    if (ends_with(word, "ied")) {
        word->length -= word->length == 4 ? 1 : 2;
        return;
    }
    if (ends_with(word, "eed")) {
        word->length -= measure(word, word->length - 3) > 0;
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        const size_t stem = word->length - strlen(SUFFIXES[i]);

        if (ends_with(word, SUFFIXES[i]) && has_vowel(word, stem)) {
            word->length = stem;
            mend(word);
            return;
        }
    }
}

static const struct rule STEP_1C[] = {{"y", "i", AFTER_CONSONANT}, {NULL, NULL, ALWAYS}};

static const struct rule STEP_2[] = {
    {"ational", "ate", MEASURE_1},     {"tional", "tion", MEASURE_1}, {"enci", "ence", MEASURE_1},
    {"anci", "ance", MEASURE_1},       {"izer", "ize", MEASURE_1},    {"bli", "ble", MEASURE_1},
    {"alli", "al", MEASURE_1},         {"entli", "ent", MEASURE_1},   {"eli", "e", MEASURE_1},
    {"ousli", "ous", MEASURE_1},       {"ization", "ize", MEASURE_1}, {"ation", "ate", MEASURE_1},
    {"ator", "ate", MEASURE_1},        {"alism", "al", MEASURE_1},    {"iveness", "ive", MEASURE_1},
    {"fulness", "ful", MEASURE_1},     {"ousness", "ous", MEASURE_1}, {"aliti", "al", MEASURE_1},
    {"iviti", "ive", MEASURE_1},       {"biliti", "ble", MEASURE_1},  {"fulli", "ful", MEASURE_1},
    {"logi", "log", MEASURE_1_WITH_L}, {NULL, NULL, ALWAYS},
};

static const struct rule STEP_3[] = {
    {"icate", "ic", MEASURE_1}, {"ative", "", MEASURE_1},  {"alize", "al", MEASURE_1},
    {"iciti", "ic", MEASURE_1}, {"ical", "ic", MEASURE_1}, {"ful", "", MEASURE_1},
    {"ness", "", MEASURE_1},    {NULL, NULL, ALWAYS},
};

static const struct rule STEP_4[] = {
    {"al", "", MEASURE_2},   {"ance", "", MEASURE_2}, {"ence", "", MEASURE_2},
    {"er", "", MEASURE_2},   {"ic", "", MEASURE_2},   {"able", "", MEASURE_2},
    {"ible", "", MEASURE_2}, {"ant", "", MEASURE_2},  {"ement", "", MEASURE_2},
    {"ment", "", MEASURE_2}, {"ent", "", MEASURE_2},  {"ion", "", MEASURE_2_AFTER_S_T},
    {"ou", "", MEASURE_2},   {"ism", "", MEASURE_2},  {"ate", "", MEASURE_2},
    {"iti", "", MEASURE_2},  {"ous", "", MEASURE_2},  {"ive", "", MEASURE_2},
    {"ize", "", MEASURE_2},  {NULL, NULL, ALWAYS},
};

static const struct rule STEP_5B[] = {{"ll", "l", MEASURE_2_WITH_L}, {NULL, NULL, ALWAYS}};

/* -alli loses its last two letters first, and the rules then see what is left. */
static void step_2(struct word *word)
{
    while (ends_with(word, "alli") && measure(word, word->length - 4) > 0)
        word->length -= 2;
    (void)apply(word, STEP_2);
}

static void drop_final_e(struct word *word)
{
    if (!ends_with(word, "e"))
        return;

    const struct word stem = {word->ptr, word->length - 1};
    const size_t pairs = measure(&stem, stem.length);

    if (pairs > 1 || (pairs == 1 && !ends_in_cvc(&stem)))
        word->length--;
}

/* Words that the rules get wrong, and their stems. */
static bool is_irregular(struct word *word)
{
    static const char *const FORMS[][2] = {
        {"sky", "sky"},         {"skies", "sky"},        {"dying", "die"},
        {"lying", "lie"},       {"tying", "tie"},        {"news", "news"},
        {"innings", "inning"},  {"inning", "inning"},    {"outings", "outing"},
        {"outing", "outing"},   {"cannings", "canning"}, {"canning", "canning"},
        {"howe", "howe"},       {"proceed", "proceed"},  {"exceed", "exceed"},
        {"succeed", "succeed"},
    };

    for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++)
        if (word->length == strlen(FORMS[i][0]) && ends_with(word, FORMS[i][0])) {
            set_end(word, 0, FORMS[i][1]);
            return true;
        }
    return false;
}

size_t pl_porter_stem(char *word, size_t length)
{
    struct word stem = {word, length};

    if (is_irregular(&stem) || length <= 2)
        return stem.length;
    drop_plural(&stem);
    drop_past(&stem);
    (void)apply(&stem, STEP_1C);
    step_2(&stem);
    (void)apply(&stem, STEP_3);
    (void)apply(&stem, STEP_4);
    drop_final_e(&stem);
    (void)apply(&stem, STEP_5B);
    return stem.length;
}
