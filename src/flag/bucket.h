/* Buckets whose salts are made of parts. Pure; any thread. */
#ifndef PL_FLAG_BUCKET_H
#define PL_FLAG_BUCKET_H

#include "base/str.h"

struct pl_salt {
    struct pl_str use; /* "share", "layer": what the bucket is for */
    struct pl_str feature;
    struct pl_str name; /* empty: the salt ends with the feature */
};

/* pl_bucket of "use/feature" or "use/feature/name", without writing the salt. */
double pl_bucket_of(const struct pl_salt *salt, struct pl_str subject);

#endif
