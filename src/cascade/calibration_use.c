/* Whether a calibration is of the feature, the signal and the models that a line has now: a map that was
   fitted for others turns their signals into numbers that mean nothing. */
#include "cascade/confidence.h"

#include "base/buffer.h"

#define NAMES_SIZE_BYTES_MAX ((size_t)200) /* of the models of a file, in an error */

#define AGAIN "fit it again with `plimsoll route fit`"

static enum pl_status refuse(const char *name, struct pl_error *error)
{
    return pl_error_locate(error, name, 0, 0);
}

static enum pl_status check_one(const char *what, struct pl_str fitted, struct pl_str wanted,
                                const char *name, struct pl_error *error)
{
    if (fitted.len == 0 || wanted.len == 0 || pl_str_equal(fitted, wanted))
        return PL_OK;
    pl_error_set(error, PL_E_DATA,
                 "this calibration was fitted for the %s `%.*s`, and the line has `%.*s`: " AGAIN,
                 what, PL_STR_ARG(fitted), PL_STR_ARG(wanted));
    return refuse(name, error);
}

static void add_names(const struct pl_calibration_map *first, struct pl_buffer *names)
{
    for (const struct pl_calibration_map *map = first; map != NULL; map = map->next) {
        if (names->len + map->model.len > NAMES_SIZE_BYTES_MAX) {
            pl_buffer_add_text(names, " and others");
            return;
        }
        pl_buffer_add_format(names, "%s`%.*s`", map == first ? "" : ", ", PL_STR_ARG(map->model));
    }
}

static enum pl_status refuse_model(const struct pl_calibration_map *first, struct pl_str model,
                                   const char *name, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer names = {0};

    pl_buffer_init(&names, 2 * NAMES_SIZE_BYTES_MAX);
    add_names(first, &names);
    PL_RETURN_IF(pl_buffer_check(&names, "the names of models", error));
    pl_error_set(error, PL_E_DATA,
                 "this calibration knows no model `%.*s`, but %.*s: the confidence of its answers "
                 "would be unknown; if the model was renamed, give it its old name, else " AGAIN,
                 PL_STR_ARG(model), PL_STR_ARG(pl_buffer_view(&names)));
    return refuse(name, error);
}

enum pl_status pl_calibration_check(const struct pl_calibration_map *first,
                                    const struct pl_calibration_use *use, const char *name,
                                    struct pl_error *error)
{
    PL_RETURN_IF(check_one("feature", first->feature, use->feature, name, error));
    PL_RETURN_IF(check_one("confidence from", first->from, use->from, name, error));
    if (pl_str_equal_text(use->from, "logprobs"))
        PL_RETURN_IF(check_one("signal", first->signal, use->signal, name, error));
    for (size_t i = 0; i < use->models_count; i++)
        if (pl_calibration_of(first, use->models[i]) == NULL)
            return refuse_model(first, use->models[i], name, error);
    return PL_OK;
}
