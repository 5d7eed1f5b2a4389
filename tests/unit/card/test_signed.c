/* Signed cards: what is written reads back, in every form, and no changed byte goes unnoticed. */
#include "card/signed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#define SIZE_BYTES_MAX ((size_t)1 << 16)

static const char SEED[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/* A card in the form, signed under SEED. */
static void sign(enum pl_card_form form, const char *text, struct pl_buffer *card)
{
    struct pl_card_signature signature;
    struct pl_seal_key key;
    char statement[PL_CARD_STATEMENT_SIZE];

    pl_buffer_init(card, SIZE_BYTES_MAX);
    pl_buffer_add_text(card, text);
    assert_true(pl_seal_key_init(&key, pl_str_of(SEED)));
    pl_seal_hex(key.public, sizeof key.public, signature.public_key);
    pl_card_signature_begin(form, card, &signature, statement);
    pl_seal_sign(&key, pl_str_of(statement), signature.signature);
    pl_card_signature_end(form, &signature, card);
    assert_int_equal(card->failed, PL_OK);
}

static const struct {
    enum pl_card_form form;
    const char *text;
} CARDS[] = {
    {PL_CARD_MARKDOWN, "# Model card\n\nText.\n"},
    {PL_CARD_JSON, "{\n  \"a\": 1\n}\n"},
    {PL_CARD_YAML, "\"a\": 1\n"},
    {PL_CARD_HTML, "<!doctype html>\n</html>\n"},
};
#define CARDS_COUNT (sizeof CARDS / sizeof *CARDS)

static void a_signature_reads_back_in_every_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < CARDS_COUNT; i++) {
        struct pl_card_signature signature;
        struct pl_buffer card;
        bool good = false;

        sign(CARDS[i].form, CARDS[i].text, &card);
        assert_true(pl_card_signature_read(pl_buffer_view(&card), &signature, &good));
        assert_true(good);
        pl_buffer_deinit(&card);
    }
}

static void every_changed_bit_is_noticed(void **state)
{
    (void)state;
    for (size_t i = 0; i < CARDS_COUNT; i++) {
        struct pl_buffer card;

        sign(CARDS[i].form, CARDS[i].text, &card);
        for (size_t bit = 0; bit < 8 * card.len; bit++) {
            struct pl_card_signature signature;
            bool good = false;

            card.ptr[bit / 8] = (char)(card.ptr[bit / 8] ^ (1 << bit % 8));
            if (pl_card_signature_read(pl_buffer_view(&card), &signature, &good))
                assert_false(good);
            card.ptr[bit / 8] = (char)(card.ptr[bit / 8] ^ (1 << bit % 8));
        }
        pl_buffer_deinit(&card);
    }
}

static void a_signature_of_another_card_is_not_good(void **state)
{
    struct pl_card_signature signature;
    struct pl_buffer one;
    struct pl_buffer other;
    bool good = true;

    (void)state;
    sign(PL_CARD_YAML, "\"a\": 1\n", &one);
    sign(PL_CARD_YAML, "\"a\": 2\n", &other);
    memcpy(one.ptr, "\"a\": 2\n", 7);
    assert_true(pl_card_signature_read(pl_buffer_view(&one), &signature, &good));
    assert_false(good);
    pl_buffer_deinit(&one);
    pl_buffer_deinit(&other);
}

static void text_without_a_signature_has_none(void **state)
{
    static const char *const TEXTS[] = {"", "{}\n", "# plimsoll-card 1 key \n", " -->\n"};

    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        struct pl_card_signature signature;
        bool good = false;

        assert_false(pl_card_signature_read(pl_str_of(TEXTS[i]), &signature, &good));
    }
}

static void json_stays_json(void **state)
{
    struct pl_buffer card;

    (void)state;
    sign(PL_CARD_JSON, "{\n  \"a\": 1\n}\n", &card);
    assert_memory_equal(card.ptr, "{\n  \"a\": 1,\n  \"signature\": {\"public_key\": \"", 43);
    assert_string_equal(card.ptr + card.len - 5, "\"}\n}\n");
    pl_buffer_deinit(&card);
}

static void the_ending_of_a_path_says_the_form(void **state)
{
    enum pl_card_form form = PL_CARD_MARKDOWN;

    (void)state;
    assert_true(pl_card_form_of(PL_STR("out/card.json"), &form));
    assert_int_equal(form, PL_CARD_JSON);
    assert_true(pl_card_form_of(PL_STR("card.yaml"), &form));
    assert_int_equal(form, PL_CARD_YAML);
    assert_false(pl_card_form_of(PL_STR("json"), &form));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_reads_back_in_every_form),
        cmocka_unit_test(every_changed_bit_is_noticed),
        cmocka_unit_test(a_signature_of_another_card_is_not_good),
        cmocka_unit_test(text_without_a_signature_has_none),
        cmocka_unit_test(json_stays_json),
        cmocka_unit_test(the_ending_of_a_path_says_the_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
