/*
 * The file that `plimsoll route fit` writes and a server reads: one JSON object,
 *
 *     {"plimsoll_fit": 1, "feature": "…", "from": "logprobs", "signal": "margin", …,
 *      "tiers": [{"model": "small", "deliver_at": 0.87, …, "fitted_on": 800,
 *                 "steps": {"signals": [0.1, 0.4], "values": [0.2, 0.9]}}, …,
 *                {"model": "large", …}], …}
 *
 * A tier without "steps" has no signal, and no map; "deliver_at" is null where none is known. Valid
 * is a file of version 1 in which at least one tier has steps, all steps together are at most
 * PL_CALIBRATION_STEPS_MAX, signals ascend strictly, values never fall and lie in [0, 1], no two
 * tiers are of one model, and "from" and "model" are not empty. What else stands in it is for
 * people, and is not read. It is replaced whole, so that there is never a half of one.
 */
#include "cascade/confidence.h"

#include "base/file.h"
#include "json/document.h"
#include "json/value.h"

#include <math.h>
#include <string.h>

#define VERSION 1

struct reading {
    const char *name;
    struct pl_arena *arena;
    struct pl_error *error;
    struct pl_str feature, from, signal;
    size_t steps_count; /* so far */
};

static enum pl_status refuse(const struct reading *reading, enum pl_status status, const char *what)
{
    pl_error_set(reading->error, status,
                 "%s; a file of `plimsoll route fit` is needed: fit it again", what);
    pl_error_locate(reading->error, reading->name, 0, 0);
    return status;
}

static enum pl_status refuse_tier(const struct reading *reading, enum pl_status status,
                                  struct pl_str model, const char *what)
{
    pl_error_set(
        reading->error, status,
        "the calibration of tier \"%.*s\" is damaged: %s; fit it again with `plimsoll route fit`",
        PL_STR_ARG(model), what);
    pl_error_locate(reading->error, reading->name, 0, 0);
    return status;
}

/* The text of a member, copied; empty when it is not there or no string. */
static enum pl_status copy_text(const struct reading *reading, const struct pl_json_value *object,
                                const char *key, struct pl_str *ret_text)
{
    const struct pl_json_value *value = pl_json_value_get_text(object, key);

    *ret_text = (struct pl_str){"", 0};
    if (value == NULL || pl_json_value_type(value) != PL_JSON_STRING)
        return PL_OK;
    *ret_text = pl_arena_copy(reading->arena, pl_json_value_str(value));
    return ret_text->ptr != NULL
               ? PL_OK
               : pl_arena_error(reading->arena, "the calibration", reading->error);
}

static enum pl_status copy_numbers(const struct reading *reading, const struct pl_json_value *array,
                                   double **ret_numbers)
{
    const size_t count = pl_json_value_count(array);
    double *numbers = pl_arena_alloc_array(reading->arena, count, sizeof *numbers);
    struct pl_json_walk walk = pl_json_value_walk(array);

    if (numbers == NULL)
        return pl_arena_error(reading->arena, "the calibration", reading->error);
    for (size_t i = 0; pl_json_walk_next(&walk); i++) {
        if (pl_json_value_type(walk.value) != PL_JSON_NUMBER)
            return refuse(reading, PL_E_DATA, "a step that is no number");
        numbers[i] = pl_json_value_double(walk.value);
    }
    *ret_numbers = numbers;
    return PL_OK;
}

static const char *find_fault(const struct pl_calibration_map *map)
{
    for (size_t i = 0; i < map->count; i++) {
        if (!(map->values[i] >= 0.0 && map->values[i] <= 1.0))
            return "a value outside 0 to 1";
        if (i > 0 && !(map->signals[i] > map->signals[i - 1]))
            return "signals that do not ascend";
        if (i > 0 && map->values[i] < map->values[i - 1])
            return "values that fall";
    }
    return NULL;
}

static enum pl_status read_steps(struct reading *reading, const struct pl_json_value *steps,
                                 struct pl_calibration_map *map)
{
    const struct pl_json_value *signals = pl_json_value_get_text(steps, "signals");
    const struct pl_json_value *values = pl_json_value_get_text(steps, "values");
    double *numbers[2];

    if (signals == NULL || values == NULL || pl_json_value_type(signals) != PL_JSON_ARRAY ||
        pl_json_value_type(values) != PL_JSON_ARRAY)
        return refuse_tier(reading, PL_E_DATA, map->model, "steps without `signals` and `values`");
    map->count = pl_json_value_count(signals);
    if (map->count == 0 || map->count != pl_json_value_count(values))
        return refuse_tier(reading, PL_E_CORRUPT, map->model,
                           "no steps, or not as many signals as values");
    reading->steps_count += map->count;
    if (reading->steps_count > PL_CALIBRATION_STEPS_MAX)
        return refuse_tier(reading, PL_E_LIMIT, map->model, "more than 100000 steps in the file");
    PL_RETURN_IF(copy_numbers(reading, signals, &numbers[0]));
    PL_RETURN_IF(copy_numbers(reading, values, &numbers[1]));
    map->signals = numbers[0];
    map->values = numbers[1];

    const char *fault = find_fault(map);

    return fault == NULL ? PL_OK : refuse_tier(reading, PL_E_CORRUPT, map->model, fault);
}

static enum pl_status read_tier(struct reading *reading, const struct pl_json_value *tier,
                                struct pl_calibration_map *map)
{
    const struct pl_json_value *decisions = pl_json_value_get_text(tier, "fitted_on");
    const struct pl_json_value *deliver_at = pl_json_value_get_text(tier, "deliver_at");

    *map = (struct pl_calibration_map){
        .feature = reading->feature,
        .from = reading->from,
        .signal = reading->signal,
        .deliver_at = (double)NAN,
    };
    PL_RETURN_IF(copy_text(reading, tier, "model", &map->model));
    if (map->model.len == 0)
        return refuse(reading, PL_E_DATA, "a tier without `model`");
    if (decisions == NULL || !pl_json_value_uint64(decisions, &map->decisions))
        return refuse_tier(reading, PL_E_DATA, map->model,
                           "`fitted_on` is not the number of decisions");
    if (deliver_at != NULL && pl_json_value_type(deliver_at) == PL_JSON_NUMBER)
        map->deliver_at = pl_json_value_double(deliver_at);
    return read_steps(reading, pl_json_value_get_text(tier, "steps"), map);
}

static enum pl_status read_tiers(struct reading *reading, const struct pl_json_value *tiers,
                                 struct pl_calibration_map **ret_first)
{
    const struct pl_calibration_map **end = NULL;
    struct pl_json_walk walk = pl_json_value_walk(tiers);

    *ret_first = NULL;
    while (pl_json_walk_next(&walk)) {
        struct pl_calibration_map *map;

        if (pl_json_value_get_text(walk.value, "steps") == NULL)
            continue;
        map = pl_arena_alloc(reading->arena, sizeof *map);
        if (map == NULL)
            return pl_arena_error(reading->arena, "the calibration", reading->error);
        PL_RETURN_IF(read_tier(reading, walk.value, map));
        if (pl_calibration_of(*ret_first, map->model) != NULL)
            return refuse_tier(reading, PL_E_DATA, map->model, "there are two of it");
        if (end == NULL)
            *ret_first = map;
        else
            *end = map;
        end = &map->next;
    }
    return *ret_first != NULL ? PL_OK : refuse(reading, PL_E_DATA, "no tier has `steps`");
}

static enum pl_status read_root(struct reading *reading, const struct pl_json_value *root,
                                struct pl_calibration_map **ret_map)
{
    const struct pl_json_value *version = pl_json_value_get_text(root, "plimsoll_fit");
    const struct pl_json_value *tiers = pl_json_value_get_text(root, "tiers");
    uint64_t number;

    if (version == NULL || !pl_json_value_uint64(version, &number))
        return refuse(reading, PL_E_DATA, "this is no calibration: `plimsoll_fit` is missing");
    if (number != VERSION)
        return refuse(reading, PL_E_UNSUPPORTED,
                      "this calibration has a version that is not known here");
    PL_RETURN_IF(copy_text(reading, root, "feature", &reading->feature));
    PL_RETURN_IF(copy_text(reading, root, "from", &reading->from));
    PL_RETURN_IF(copy_text(reading, root, "signal", &reading->signal));
    if (reading->from.len == 0)
        return refuse(reading, PL_E_DATA, "it does not say where its signal is `from`");
    if (tiers == NULL || pl_json_value_type(tiers) != PL_JSON_ARRAY)
        return refuse(reading, PL_E_DATA, "it has no `tiers`");
    return read_tiers(reading, tiers, ret_map);
}

enum pl_status pl_calibration_parse(struct pl_str text, const char *name, struct pl_arena *arena,
                                    struct pl_calibration_map **ret_map, struct pl_error *error)
{
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = NULL;
    const struct pl_json_options options = {.size_bytes_max = PL_CALIBRATION_SIZE_BYTES_MAX};
    struct reading reading = {.name = name, .arena = arena, .error = error};
    struct pl_calibration_map *first = NULL;

    if (pl_json_document_open(text, &options, &document, error) != PL_OK)
        return pl_error_locate(error, name, error->line, error->column);
    PL_RETURN_IF(read_root(&reading, pl_json_document_root(document), &first));
    *ret_map = first;
    return PL_OK;
}

enum pl_status pl_calibration_read(const char *path, struct pl_arena *arena,
                                   struct pl_calibration_map **ret_map, struct pl_error *error)
{
    struct pl_arena whole; /* the text is not needed after it was read */
    struct pl_str text;
    enum pl_status status;

    pl_arena_init(&whole, 2 * PL_CALIBRATION_SIZE_BYTES_MAX);
    status = pl_file_read(path, PL_CALIBRATION_SIZE_BYTES_MAX, &whole, &text, error);
    if (status == PL_OK)
        status = pl_calibration_parse(text, path, arena, ret_map, error);
    pl_arena_deinit(&whole);
    return status;
}
