/*
 * The wheel of deadlines. A deadline is never called early: it is due in the turn after the one its
 * time falls into.
 */
#include "net/wheel.h"

void pl_wheel_init(struct pl_wheel *wheel, uint64_t now_ms)
{
    *wheel = (struct pl_wheel){.done = now_ms / PL_WHEEL_TURN_MS};
}

static void link_deadline(struct pl_wheel *wheel, struct pl_deadline *deadline)
{
    uint64_t turn = deadline->at_ms == PL_DEADLINE_NEVER ? PL_DEADLINE_NEVER
                                                         : deadline->at_ms / PL_WHEEL_TURN_MS + 1;

    if (turn <= wheel->done)
        turn = wheel->done + 1;
    if (turn > wheel->done + PL_WHEEL_SLOTS - 1)
        turn = wheel->done + PL_WHEEL_SLOTS - 1;

    const size_t at = turn % PL_WHEEL_SLOTS;
    struct pl_deadline *first = wheel->slots[at];

    deadline->turn = turn;
    if (first == NULL) {
        deadline->next = deadline->prev = deadline;
        wheel->slots[at] = deadline;
        wheel->filled[at / 64] |= (uint64_t)1 << at % 64;
    } else {
        deadline->next = first;
        deadline->prev = first->prev;
        deadline->prev->next = deadline;
        first->prev = deadline;
    }
    wheel->count++;
}

void pl_wheel_remove(struct pl_wheel *wheel, struct pl_deadline *deadline)
{
    const size_t at = deadline->turn % PL_WHEEL_SLOTS;

    if (deadline->next == NULL)
        return;
    if (deadline->next == deadline) {
        wheel->slots[at] = NULL;
        wheel->filled[at / 64] &= ~((uint64_t)1 << at % 64);
    } else {
        if (wheel->slots[at] == deadline)
            wheel->slots[at] = deadline->next;
        deadline->prev->next = deadline->next;
        deadline->next->prev = deadline->prev;
    }
    deadline->next = deadline->prev = NULL;
    wheel->count--;
}

bool pl_wheel_set(struct pl_wheel *wheel, struct pl_deadline *deadline, uint64_t now_ms,
                  uint64_t delay_ms)
{
    const uint64_t at_ms =
        delay_ms >= PL_DEADLINE_NEVER - now_ms ? PL_DEADLINE_NEVER : now_ms + delay_ms;
    const bool linked = deadline->next != NULL;

    deadline->at_ms = at_ms;
    if (linked && (at_ms == PL_DEADLINE_NEVER || at_ms / PL_WHEEL_TURN_MS + 1 >= deadline->turn))
        return false;
    if (!linked && at_ms == PL_DEADLINE_NEVER)
        return false;
    pl_wheel_remove(wheel, deadline);
    if (wheel->count == 0)
        wheel->done = now_ms / PL_WHEEL_TURN_MS;
    link_deadline(wheel, deadline);
    return wheel->armed == 0 || deadline->turn < wheel->armed;
}

void pl_wheel_turn(struct pl_wheel *wheel, uint64_t now_ms)
{
    const uint64_t now = now_ms / PL_WHEEL_TURN_MS;

    wheel->armed = 0;
    if (now > wheel->done + PL_WHEEL_SLOTS)
        wheel->done = now - PL_WHEEL_SLOTS;
    while (wheel->done < now) {
        const size_t at = ++wheel->done % PL_WHEEL_SLOTS;

        while (wheel->slots[at] != NULL) {
            struct pl_deadline *deadline = wheel->slots[at];

            pl_wheel_remove(wheel, deadline);
            if (deadline->at_ms > now_ms)
                link_deadline(wheel, deadline);
            else
                deadline->fire(deadline->context);
        }
    }
}

/* The nearest turn after `done` whose list is not empty; there is one. */
static uint64_t nearest(const struct pl_wheel *wheel)
{
    for (uint64_t turn = wheel->done + 1;;) {
        const size_t at = turn % PL_WHEEL_SLOTS;
        const uint64_t rest = wheel->filled[at / 64] >> at % 64;

        if (rest != 0)
            return turn + (uint64_t)__builtin_ctzll(rest);
        turn += 64 - at % 64;
    }
}

bool pl_wheel_next(struct pl_wheel *wheel, uint64_t now_ms, uint64_t *ret_delay_ms)
{
    if (wheel->count == 0)
        return false;
    wheel->armed = nearest(wheel);

    const uint64_t at_ms = wheel->armed * PL_WHEEL_TURN_MS;

    *ret_delay_ms = at_ms > now_ms ? at_ms - now_ms : 0;
    return true;
}
