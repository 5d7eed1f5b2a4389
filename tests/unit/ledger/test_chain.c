/*
 * The validity rule, with the key in hand: each block here is hashed and signed as it should be,
 * and breaks one rule. No tampering can make such blocks, a faulty writer can.
 */
#include "ledger/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define SEED           "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define ZEROS          "0000000000000000000000000000000000000000000000000000000000000000"
#define HEADER         "{\"plimsoll_ledger\":1,\"segment\":1,\"previous\":\"" ZEROS "\"}\n"
#define RECORD(number) "{\"seq\":" #number ",\"time_ms\":5,\"kind\":\"verdict\",\"body\":{}}\n"

struct fixture {
    struct pl_seal_key key;
    struct pl_chain chain;
};

static void start(struct fixture *fixture)
{
    assert_true(pl_seal_key_init(&fixture->key, PL_STR(SEED)));
    pl_chain_init(&fixture->chain, fixture->key.public);
}

/* The content with a seal of these numbers, hashed and signed. The caller frees it. */
static char *seal(const struct fixture *fixture, const char *content, uint64_t block,
                  uint64_t records)
{
    struct pl_format_seal line = {.block = block, .records = records};
    unsigned char hash[PL_LEDGER_HASH_SIZE];
    char text[PL_FORMAT_LINE_SIZE];
    char *bytes = malloc(strlen(content) + sizeof text);
    size_t length;

    assert_non_null(bytes);
    pl_seal_hash(fixture->chain.hash, pl_str_of(content), hash);
    pl_seal_hex(hash, sizeof hash, line.hash);
    length = pl_format_seal_statement(&line, text);
    pl_seal_sign(&fixture->key, (struct pl_str){text, length}, line.signature);
    (void)pl_format_seal_write(&line, text);
    (void)stpcpy(stpcpy(bytes, content), text);
    return bytes;
}

static const struct {
    const char *content;
    uint64_t block, records, segment;
    const char *problem; /* NULL: it is valid */
} FIRST_BLOCKS[] = {
    {HEADER RECORD(1), 1, 1, 1, NULL},
    {HEADER RECORD(1) RECORD(2), 1, 2, 1, NULL},
    {RECORD(1), 1, 1, 0, NULL},
    {HEADER RECORD(1), 2, 1, 1, "the next seal is that of block 2"},
    {HEADER RECORD(1), 0, 1, 1, "the next seal is that of block 0"},
    {HEADER RECORD(1), 1, 2, 1, "counts 2 records, the block has 1"},
    {HEADER, 1, 0, 1, "counts 0 records, the block has 0"},
    {"", 1, 0, 0, "counts 0 records, the block has 0"},
    {RECORD(1), 1, 1, 1, "does not begin with the header"},
    {HEADER RECORD(1), 1, 1, 2, "does not begin with the header"},
    {HEADER RECORD(1), 1, 1, 0, "line 1 is not a record"},
    {HEADER HEADER RECORD(1), 1, 1, 1, "line 1 is not a record"},
    {HEADER RECORD(2), 1, 1, 1, "record 2 stands where record 1 belongs"},
    {HEADER RECORD(1) RECORD(1), 1, 2, 1, "record 1 stands where record 2 belongs"},
    {HEADER RECORD(1) RECORD(3), 1, 2, 1, "record 3 stands where record 2 belongs"},
    {HEADER RECORD(1) "\n", 1, 2, 1, "line 2 is not a record"},
    {HEADER "{\"seq\":1,\"time_ms\":5,\"kind\":\"verdict\",\"body\":{} }\n", 1, 1, 1,
     "line 1 is not a record"},
};

static void each_rule_has_its_problem(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof FIRST_BLOCKS / sizeof *FIRST_BLOCKS; i++) {
        struct fixture fixture;
        char problem[PL_ERROR_MESSAGE_SIZE] = "";

        start(&fixture);
        char *bytes =
            seal(&fixture, FIRST_BLOCKS[i].content, FIRST_BLOCKS[i].block, FIRST_BLOCKS[i].records);
        const struct pl_str block = pl_str_of(bytes);
        const bool taken = pl_chain_take(&fixture.chain, block, FIRST_BLOCKS[i].segment, problem);

        assert_int_equal(pl_chain_block_size(block), block.len);
        assert_int_equal(taken, FIRST_BLOCKS[i].problem == NULL);
        if (!taken && strstr(problem, FIRST_BLOCKS[i].problem) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", problem, FIRST_BLOCKS[i].problem);
        assert_int_equal(fixture.chain.block, taken ? 1 : 0);
        assert_int_equal(fixture.chain.records, taken ? FIRST_BLOCKS[i].records : 0);
        assert_int_equal(strcmp(fixture.chain.hash_text, ZEROS) == 0, !taken);
        free(bytes);
    }
}

static void the_second_block_goes_on_from_the_first(void **state)
{
    (void)state;
    struct fixture fixture;
    char problem[PL_ERROR_MESSAGE_SIZE];

    start(&fixture);
    char *early = seal(&fixture, RECORD(2), 2, 1); /* chained to nothing */
    char *first = seal(&fixture, HEADER RECORD(1), 1, 1);

    assert_true(pl_chain_take(&fixture.chain, pl_str_of(first), 1, problem));
    char *second = seal(&fixture, RECORD(2), 2, 1);
    char *again = seal(&fixture, RECORD(1), 2, 1);

    assert_false(pl_chain_take(&fixture.chain, pl_str_of(early), 0, problem));
    assert_string_equal(problem, "its bytes are not those that were sealed");
    assert_false(pl_chain_take(&fixture.chain, pl_str_of(first), 1, problem));
    assert_false(pl_chain_take(&fixture.chain, pl_str_of(again), 0, problem));
    assert_string_equal(problem, "record 1 stands where record 2 belongs");
    assert_true(pl_chain_take(&fixture.chain, pl_str_of(second), 0, problem));
    assert_int_equal(fixture.chain.block, 2);
    assert_int_equal(fixture.chain.records, 2);
    free(early);
    free(first);
    free(second);
    free(again);
}

static void a_seal_of_another_key_is_refused(void **state)
{
    (void)state;
    struct fixture fixture;
    char problem[PL_ERROR_MESSAGE_SIZE];

    start(&fixture);
    char *bytes = seal(&fixture, HEADER RECORD(1), 1, 1);

    fixture.chain.public_key[3] ^= 1;
    assert_false(pl_chain_take(&fixture.chain, pl_str_of(bytes), 1, problem));
    assert_string_equal(problem, "the signature of the seal is not valid under the key");
    free(bytes);
}

static void a_block_over_the_limit_is_refused(void **state)
{
    (void)state;
    struct fixture fixture;
    char problem[PL_ERROR_MESSAGE_SIZE];
    char *content = malloc(PL_LEDGER_BLOCK_SIZE_BYTES_MAX + 1);

    assert_non_null(content);
    memset(content, 'x', PL_LEDGER_BLOCK_SIZE_BYTES_MAX);
    content[PL_LEDGER_BLOCK_SIZE_BYTES_MAX - 1] = '\n';
    content[PL_LEDGER_BLOCK_SIZE_BYTES_MAX] = '\0';
    start(&fixture);
    char *bytes = seal(&fixture, content, 1, 1);

    assert_false(pl_chain_take(&fixture.chain, pl_str_of(bytes), 0, problem));
    assert_non_null(strstr(problem, "larger than 8388608 bytes"));
    free(bytes);
    free(content);
}

static void the_first_block_ends_with_its_seal_line(void **state)
{
    (void)state;
    struct fixture fixture;

    start(&fixture);
    char *bytes = seal(&fixture, HEADER RECORD(1), 1, 1);
    const size_t length = strlen(bytes);
    char *two = malloc(2 * length + 1);

    assert_non_null(two);
    (void)stpcpy(stpcpy(two, bytes), bytes);
    assert_int_equal(pl_chain_block_size(pl_str_of(two)), length);
    assert_int_equal(pl_chain_block_size((struct pl_str){bytes, length - 1}), 0);
    assert_int_equal(pl_chain_block_size(PL_STR("")), 0);
    assert_int_equal(pl_chain_block_size(PL_STR(HEADER RECORD(1))), 0);
    free(two);
    free(bytes);
}

static void a_signed_seal_is_found_anywhere(void **state)
{
    (void)state;
    struct fixture fixture;

    start(&fixture);
    char *bytes = seal(&fixture, "junk {\"seal\":1 {\"seal\":", 9, 4);
    const size_t length = strlen(bytes);

    assert_true(pl_chain_has_signed_seal(&fixture.chain, (struct pl_str){bytes, length}));
    assert_false(pl_chain_has_signed_seal(&fixture.chain, (struct pl_str){bytes, length - 1}));
    assert_false(pl_chain_has_signed_seal(&fixture.chain, PL_STR("")));
    bytes[length - 10] = bytes[length - 10] == 'a' ? 'b' : 'a';
    assert_false(pl_chain_has_signed_seal(&fixture.chain, (struct pl_str){bytes, length}));
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_has_its_problem),
        cmocka_unit_test(the_second_block_goes_on_from_the_first),
        cmocka_unit_test(a_seal_of_another_key_is_refused),
        cmocka_unit_test(a_block_over_the_limit_is_refused),
        cmocka_unit_test(the_first_block_ends_with_its_seal_line),
        cmocka_unit_test(a_signed_seal_is_found_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
