/*
 * A wheel of deadlines: a ring of short lists, one for each TURN_MS of the near future. What lies
 * beyond the ring, or was put off, is looked at when its list comes round and linked anew.
 */
#ifndef PL_NET_WHEEL_H
#define PL_NET_WHEEL_H

#include "net/inside.h"

#define PL_WHEEL_SLOTS   1024
#define PL_WHEEL_TURN_MS 4

struct pl_wheel {
    struct pl_deadline *slots[PL_WHEEL_SLOTS];
    uint64_t filled[PL_WHEEL_SLOTS / 64]; /* a bit for each list that is not empty */
    uint64_t done;                        /* the last turn that was looked at */
    uint64_t armed;                       /* the turn that the clock is set for; 0: none */
    size_t count;
};

void pl_wheel_init(struct pl_wheel *wheel, uint64_t now_ms);

/* True when the clock must be set anew: see pl_wheel_next. */
bool pl_wheel_set(struct pl_wheel *wheel, struct pl_deadline *deadline, uint64_t now_ms,
                  uint64_t delay_ms);
void pl_wheel_remove(struct pl_wheel *wheel, struct pl_deadline *deadline);

/* Calls all that are due. Deadlines may be set and removed inside. */
void pl_wheel_turn(struct pl_wheel *wheel, uint64_t now_ms);

/* When to turn it next; false when there is nothing in it. */
bool pl_wheel_next(struct pl_wheel *wheel, uint64_t now_ms, uint64_t *ret_delay_ms);

#endif
