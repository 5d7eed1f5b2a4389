/* A request of the tests: a subject and groups, "language" and "tenant" and what else is set. */
#ifndef TESTS_UNIT_FLAG_WHO_H
#define TESTS_UNIT_FLAG_WHO_H

#include "flag/flag.h"

#include <stdio.h>

struct who {
    char subject[32];
    struct {
        const char *segment;
        char group[32];
    } groups[4];
};

static struct pl_str group_of(struct pl_str segment, void *context)
{
    const struct who *who = context;

    for (size_t i = 0; i < 4 && who->groups[i].segment != NULL; i++)
        if (pl_str_equal_text(segment, who->groups[i].segment) && who->groups[i].group[0] != '\0')
            return pl_str_of(who->groups[i].group);
    return PL_STR(PL_GROUP_MISSING);
}

static struct pl_datum datum_of(struct pl_str column, void *context)
{
    const struct pl_str group = group_of(column, context);

    if (pl_str_equal_text(group, PL_GROUP_MISSING))
        return (struct pl_datum){.kind = PL_DATUM_NULL};
    return (struct pl_datum){.kind = PL_DATUM_TEXT, .text = group};
}

static inline struct pl_flag_request request_of(struct who *who)
{
    return (struct pl_flag_request){
        .feature = PL_STR("support-answers"),
        .subject = pl_str_of(who->subject),
        .group = group_of,
        .datum = datum_of,
        .context = who,
    };
}

#endif
