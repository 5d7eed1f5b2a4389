/* Whether segments are nested, from which groups of one meet which of the other. */
#include "card/nested.h"

#define GROUP_MISSING "(missing)"

/* The groups of a slice that is of just these two segments; false when it is not, or nobody is in it. */
static bool pair_of(const struct pl_body *slice, const char *fine, const char *coarse,
                    struct pl_str ret_pair[2])
{
    const struct pl_body *groups = pl_body_get(slice, "slice");
    const struct pl_body *one = pl_body_get(groups, fine);
    const struct pl_body *other = pl_body_get(groups, coarse);

    if (groups->count != 2 || pl_body_is_null(one) || pl_body_is_null(other) ||
        pl_body_count(pl_body_get(slice, "n")) == 0)
        return false;
    ret_pair[0] = pl_body_text(one);
    ret_pair[1] = pl_body_text(other);
    return !pl_str_equal_text(ret_pair[0], GROUP_MISSING);
}

bool pl_card_is_finer(const struct pl_body *slices, const char *fine, const char *coarse)
{
    bool several = false;

    for (size_t i = 0; i < slices->count; i++) {
        struct pl_str here[2];

        if (!pair_of(&slices->items[i], fine, coarse, here))
            continue;
        for (size_t k = 0; k < i; k++) {
            struct pl_str there[2];

            if (!pair_of(&slices->items[k], fine, coarse, there) || pl_str_equal(here[1], there[1]))
                continue;
            if (pl_str_equal(here[0], there[0]))
                return false;
            several = true;
        }
    }
    return several;
}
