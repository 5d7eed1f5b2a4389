/* The lines that `plimsoll init` writes, one for each kind of feature. */
#ifndef PL_LINE_TEMPLATE_H
#define PL_LINE_TEMPLATE_H

#include <stddef.h>

/* A commented line that reads without a fault. All static. */
struct pl_template {
    const char *name;
    const char *summary; /* what kind of feature it is for, in a few words */
    const char *text;
};

/* The first is the one that `init` writes when nobody says which. */
size_t pl_templates_count(void);
const struct pl_template *pl_template_at(size_t index);

/* The names, ended by NULL, for the choices of an option. */
extern const char *const PL_TEMPLATE_NAMES[];

#endif
