/*
 * Buckets: the 64-bit FNV-1a hash of the salt, a NUL byte and the subject, finished by SplitMix64's
 * mix (Stafford's mix 13) of that hash plus the golden gamma, of which the upper 53 bits are divided
 * by 2^53. All arithmetic is modulo 2^64.
 *
 *     hash = 0xcbf29ce484222325
 *     for each byte of salt, 0x00, subject:  hash = (hash ^ byte) * 0x100000001b3
 *     hash = hash + 0x9e3779b97f4a7c15
 *     hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9
 *     hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb
 *     hash = hash ^ (hash >> 31)
 *     bucket = (hash >> 11) / 2^53
 *
 * Both are bijections of 64 bits for a given byte, so that subjects of one length up to 8 bytes that
 * differ in one byte never share a hash. A bucket is compared with a share as `bucket < share`; a
 * share is met to within 2^-53. Not for secrets: whoever may choose subjects may choose buckets.
 * Reference values: tests/reference/flags, by a second implementation in Python.
 */
#include "flag/bucket.h"

#include "flag/flag.h"

#define FNV_BASIS    0xcbf29ce484222325u
#define FNV_PRIME    0x100000001b3u
#define GOLDEN_GAMMA 0x9e3779b97f4a7c15u

static uint64_t add(uint64_t hash, struct pl_str text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * FNV_PRIME;
    return hash;
}

static double finish(uint64_t hash)
{
    uint64_t x = hash + GOLDEN_GAMMA;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    x ^= x >> 31;
    return (double)(x >> 11) * 0x1p-53;
}

static uint64_t add_subject(uint64_t hash, struct pl_str subject)
{
    return add(add(hash, (struct pl_str){"", 1}), subject);
}

double pl_bucket(struct pl_str salt, struct pl_str subject)
{
    return finish(add_subject(add(FNV_BASIS, salt), subject));
}

double pl_bucket_of(const struct pl_salt *salt, struct pl_str subject)
{
    uint64_t hash = add(FNV_BASIS, salt->use);

    hash = add(add(hash, PL_STR("/")), salt->feature);
    if (salt->name.len > 0)
        hash = add(add(hash, PL_STR("/")), salt->name);
    return finish(add_subject(hash, subject));
}
