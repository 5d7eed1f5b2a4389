/* Fuzz target for files of `route fit`: any bytes are read or refused with a message; what was read keeps its
   promises, and gives a confidence in [0, 1] for every signal. */
#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "cascade/confidence.h"

#define ARENA_SIZE_BYTES_MAX ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void hold_to_promises(const struct pl_calibration_map *map)
{
    assert(map->count >= 1 && map->model.len > 0 && map->from.len > 0);
    for (size_t i = 0; i < map->count; i++) {
        const double confidence = pl_calibrated(map, map->signals[i]);

        assert(confidence == map->values[i] && confidence >= 0.0 && confidence <= 1.0);
        assert(i == 0 ||
               (map->signals[i] > map->signals[i - 1] && map->values[i] >= map->values[i - 1]));
    }
    assert(pl_calibrated(map, -(double)INFINITY) == map->values[0]);
    assert(pl_calibrated(map, (double)INFINITY) == map->values[map->count - 1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct pl_arena arena;
    struct pl_error error = {0};
    struct pl_calibration_map *first;

    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    if (pl_calibration_parse((struct pl_str){(const char *)bytes, size}, "fuzz", &arena, &first,
                             &error) == PL_OK)
        for (const struct pl_calibration_map *map = first; map != NULL; map = map->next)
            hold_to_promises(map);
    else
        assert(error.message[0] != '\0');
    pl_arena_deinit(&arena);
    return 0;
}
