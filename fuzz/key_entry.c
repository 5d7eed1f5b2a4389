/* Fuzz target for what the state holds of a key: any bytes are read or refused with a message; what was read is
   written so that it reads back to the same. The first byte says which of the two kinds it is. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "keys/entry.h"

#define SIZE_BYTES_MAX ((size_t)16 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct pl_str ID = {"0123456789ab", 12};

static void read_entry(struct pl_str text)
{
    struct pl_key_entry entry, again;
    struct pl_error error = {0};
    struct pl_arena arena;
    struct pl_buffer out;

    pl_arena_init(&arena, SIZE_BYTES_MAX);
    pl_buffer_init(&out, SIZE_BYTES_MAX);
    if (pl_key_entry_read(ID, text, &arena, &entry, &error) != PL_OK) {
        assert(error.message[0] != '\0');
    } else {
        pl_key_entry_write(&entry, &out);
        assert(pl_key_entry_read(ID, pl_buffer_view(&out), &arena, &again, &error) == PL_OK);
        assert(pl_str_equal(entry.terms.name, again.terms.name));
        assert(entry.terms.scopes == again.terms.scopes);
        assert(entry.terms.money_max == again.terms.money_max);
        assert(entry.terms.tokens_max == again.terms.tokens_max);
        assert(entry.terms.requests_per_minute == again.terms.requests_per_minute);
        assert(entry.terms.tokens_per_minute == again.terms.tokens_per_minute);
        assert(entry.terms.period == again.terms.period);
        assert(entry.terms.expires_ms == again.terms.expires_ms && entry.made_ms == again.made_ms);
        assert(memcmp(entry.hash, again.hash, sizeof entry.hash) == 0);
    }
    pl_buffer_deinit(&out);
    pl_arena_deinit(&arena);
}

static void read_spent(struct pl_str text)
{
    struct pl_spent spent, again;
    struct pl_error error = {0};
    char written[PL_KEY_SPENT_SIZE];

    if (pl_key_spent_read(ID, text, &spent, &error) != PL_OK) {
        assert(error.message[0] != '\0');
        return;
    }
    pl_key_spent_write(&spent, written);
    assert(pl_key_spent_read(ID, pl_str_of(written), &again, &error) == PL_OK);
    assert(memcmp(&spent, &again, sizeof spent) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return 0;

    const struct pl_str text = {(const char *)bytes + 1, size - 1};

    if (bytes[0] == 's')
        read_spent(text);
    else
        read_entry(text);
    return 0;
}
