/* Facts from the ledger: only those about this line count, and a chain that does not hold is
 * refused. */
#include "cli/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ledger/ledger.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HASH  "aaaa"
#define DATA  "dddd"
#define ABOUT "\"line_hash\":\"" HASH "\",\"data_hash\":\"" DATA "\""

static const struct pl_facts_about THIS = {HASH, DATA, {"feature", 7}};

static int setup(void **state)
{
    static char folder[64];

    memcpy(folder, "/tmp/plimsoll-facts-XXXXXX", 27);
    *state = folder;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    static const char *const NAMES[] = {"head", "key", "key.pub", "lock", "segment-000001.jsonl"};
    char path[128];

    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", (const char *)*state, NAMES[i]);
        (void)unlink(path);
    }
    return rmdir(*state);
}

static void append(const char *folder, const char *kind, const char *body)
{
    const struct pl_ledger_options options = {0};
    struct pl_ledger_writer *writer = NULL;

    assert_int_equal(pl_ledger_open(folder, &options, &writer, NULL), PL_OK);
    assert_int_equal(pl_ledger_append(writer, kind, 1, pl_str_of(body), NULL), PL_OK);
    assert_int_equal(pl_ledger_commit(writer, NULL, NULL), PL_OK);
    pl_ledger_close(writer);
}

static struct pl_record_facts facts_of(const char *folder)
{
    struct pl_facts facts;

    assert_int_equal(pl_facts_read(folder, &THIS, &facts, NULL), PL_OK);
    return facts.record;
}

/* Whether there is a card of this line and these data; which figures it shows is asked later. */
static bool is_about_this(const char *folder)
{
    return facts_of(folder).card == PL_CARD_FIGURES;
}

static void a_folder_that_is_not_there_has_no_facts(void **state)
{
    const struct pl_record_facts facts = facts_of("/nonexistent/ledger");

    (void)state;
    assert_false(facts.card != PL_CARD_NONE || facts.signed_executive || facts.signed_legal);
}

static void a_card_of_this_line_counts(void **state)
{
    append(*state, "card", "{\"line_hash\":\"bbbb\"}");
    assert_false(is_about_this(*state));
    append(*state, "card", "{\"feature\":\"feature\"," ABOUT "}");
    assert_true(is_about_this(*state));
    assert_false(facts_of(*state).signed_legal);
}

#define FIGURES "\"figures_hash\":\"ffff\",\"but_for_card\":\"hold\""

static void a_card_is_the_same_by_its_figures(void **state)
{
    struct pl_facts facts;

    append(*state, "card", "{\"feature\":\"feature\"," ABOUT "," FIGURES "}");
    assert_int_equal(pl_facts_read(*state, &THIS, &facts, NULL), PL_OK);
    assert_int_equal(facts.record.card_verdict, PL_VERDICT_HOLD);
    assert_int_equal(facts.record.card_block, 1);
    pl_facts_compare(&facts, "eeee");
    assert_int_equal(facts.record.card, PL_CARD_FIGURES);
    pl_facts_compare(&facts, "ffff");
    assert_int_equal(facts.record.card, PL_CARD_SAME);
}

static void the_card_that_is_nearest_counts_and_the_latest_of_those(void **state)
{
    append(*state, "card", "{\"feature\":\"another\",\"line_hash\":\"bbbb\"}");
    assert_int_equal(facts_of(*state).card, PL_CARD_NONE);
    append(*state, "card", "{\"feature\":\"feature\",\"line_hash\":\"bbbb\"}");
    assert_int_equal(facts_of(*state).card, PL_CARD_LINE);
    append(*state, "card", "{\"feature\":\"feature\",\"line_hash\":\"" HASH "\"}");
    assert_int_equal(facts_of(*state).card, PL_CARD_DATA);
    append(*state, "card", "{\"feature\":\"feature\"," ABOUT "}");
    append(*state, "card", "{\"feature\":\"feature\"," ABOUT "," FIGURES "}");
    append(*state, "card", "{\"feature\":\"feature\",\"line_hash\":\"bbbb\"}");
    append(*state, "pack", "{\"feature\":\"feature\"," ABOUT "}");
    assert_int_equal(facts_of(*state).card, PL_CARD_FIGURES);
    assert_int_equal(facts_of(*state).card_block, 5);
}

static void each_sign_off_counts_for_its_role(void **state)
{
    append(*state, "signoff", "{" ABOUT ",\"role\":\"intern\"}");
    append(*state, "signoff", "{" ABOUT ",\"role\":\"legal\"}");
    assert_true(facts_of(*state).signed_legal);
    assert_false(facts_of(*state).signed_executive);
    append(*state, "signoff", "{" ABOUT ",\"role\":\"executive\"}");
    assert_true(facts_of(*state).signed_executive);
    assert_false(is_about_this(*state));
}

static void a_sign_off_expires_when_the_line_or_the_data_change(void **state)
{
    append(*state, "signoff",
           "{\"line_hash\":\"" HASH "\",\"data_hash\":\"eeee\",\"role\":\"legal\"}");
    append(*state, "signoff",
           "{\"line_hash\":\"bbbb\",\"data_hash\":\"" DATA "\",\"role\":\"executive\"}");
    append(*state, "card", "{\"line_hash\":\"" HASH "\"}");
    assert_false(facts_of(*state).signed_legal);
    assert_false(facts_of(*state).signed_executive);
    assert_false(is_about_this(*state));
}

static void other_records_are_not_facts(void **state)
{
    append(*state, "verdict", "{" ABOUT ",\"role\":\"legal\"}");
    append(*state, "card", "{\"line_hash\":3}");
    assert_false(is_about_this(*state));
    assert_false(facts_of(*state).signed_legal);
}

static void a_chain_that_does_not_hold_is_refused_with_its_block(void **state)
{
    struct pl_facts facts;
    struct pl_error error;
    char path[128];

    append(*state, "card", "{\"feature\":\"feature\"," ABOUT "}");
    (void)snprintf(path, sizeof path, "%s/segment-000001.jsonl", (const char *)*state);

    const int fd = open(path, O_WRONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "x", 1, 130), 1);
    (void)close(fd);
    assert_int_equal(pl_facts_read(*state, &THIS, &facts, &error), PL_E_CORRUPT);
    assert_non_null(strstr(error.message, "block 1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_that_is_not_there_has_no_facts),
        cmocka_unit_test_setup_teardown(a_card_of_this_line_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(a_card_is_the_same_by_its_figures, setup, teardown),
        cmocka_unit_test_setup_teardown(the_card_that_is_nearest_counts_and_the_latest_of_those,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(each_sign_off_counts_for_its_role, setup, teardown),
        cmocka_unit_test_setup_teardown(a_sign_off_expires_when_the_line_or_the_data_change, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(other_records_are_not_facts, setup, teardown),
        cmocka_unit_test_setup_teardown(a_chain_that_does_not_hold_is_refused_with_its_block, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
