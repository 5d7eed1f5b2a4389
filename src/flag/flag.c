/*
 * Whether a feature is on for a request: a list of questions, of which the first that says off decides.
 * What cannot be known counts as off: no verdict, no group, no subject.
 */
#include "flag/flag.h"

#include "flag/bucket.h"
#include "flag/slice.h"

struct asking {
    const struct pl_flag_line *line;
    const struct pl_flag_state_now *now;
    const struct pl_launch_now *launch;
    const struct pl_flag_request *request;
};

static bool off(struct pl_flag_answer *answer, enum pl_flag_reason reason, const char *why,
                struct pl_str where)
{
    *answer = (struct pl_flag_answer){false, reason, why, where};
    return true;
}

static const struct pl_str NOWHERE = {NULL, 0};

/* Each says whether it is off, and then why. */
static bool is_killed(const struct asking *asking, struct pl_flag_answer *answer)
{
    if (!asking->now->killed)
        return false;
    return off(answer, PL_FLAG_REASON_DISABLED, "killed", NOWHERE);
}

static bool is_off_by_line(const struct asking *asking, struct pl_flag_answer *answer)
{
    if (!asking->line->given || asking->line->state == PL_FLAG_ON)
        return false;
    return off(answer, PL_FLAG_REASON_STATIC, "off in the line", NOWHERE);
}

static bool is_dark(const struct asking *asking, struct pl_flag_answer *answer)
{
    const struct pl_strs *slices = &asking->now->off_in;

    for (size_t i = 0; i < slices->count; i++)
        if (pl_flag_in_slice(slices->items[i], asking->request))
            return off(answer, PL_FLAG_REASON_TARGETING, "the slice is dark", slices->items[i]);
    return false;
}

static bool is_among(const struct pl_strs *groups, struct pl_str group)
{
    for (size_t i = 0; i < groups->count; i++)
        if (pl_str_equal(groups->items[i], group))
            return true;
    return false;
}

static bool is_not_by(const struct asking *asking, struct pl_flag_answer *answer)
{
    const struct pl_flag_request *request = asking->request;

    for (size_t i = 0; asking->line->given && i < asking->line->by_count; i++) {
        const struct pl_flag_rule *rule = &asking->line->by[i];

        if (!is_among(&rule->groups, request->group(rule->segment, request->context)))
            return off(answer, PL_FLAG_REASON_TARGETING, "on in other groups only", rule->segment);
    }
    return false;
}

/* Whether the request's groups of the launch's segments are these, "hi" or "hi * free". */
static bool is_in_groups(const struct asking *asking, struct pl_str groups)
{
    const struct pl_flag_request *request = asking->request;
    struct pl_str segments = asking->launch->segment;
    struct pl_str segment;
    struct pl_str group;

    if (segments.len == 0)
        return false;
    while (pl_part_next(&segments, &segment)) {
        /* Of the last segment all that is left is the group, should it hold the sign of a crossing. */
        if (segments.ptr == NULL) {
            group = groups;
            groups = NOWHERE;
        } else if (!pl_part_next(&groups, &group)) {
            return false;
        }
        if (pl_str_equal_text(group, PL_GROUP_MISSING) ||
            !pl_str_equal(request->group(segment, request->context), group))
            return false;
    }
    return true;
}

static bool is_held_back(const struct asking *asking, struct pl_flag_answer *answer)
{
    const struct pl_launch_now *launch = asking->launch;

    if (!asking->line->given || !asking->line->launch)
        return false;
    if (launch == NULL || !launch->known)
        return off(answer, PL_FLAG_REASON_TARGETING, "no verdict is on the record", NOWHERE);
    if (launch->whole)
        return false;
    for (size_t i = 0; i < launch->allowed.count; i++)
        if (is_in_groups(asking, launch->allowed.items[i]))
            return false;
    return off(answer, PL_FLAG_REASON_TARGETING, "the last verdict does not allow the slice",
               launch->segment);
}

double pl_flag_share(const struct pl_flag_line *line, const struct pl_flag_state_now *now)
{
    double share = line->given ? line->share : 1.0;

    if (line->given && line->rollout_count > 0)
        share =
            line->rollout[now->stage < line->rollout_count ? now->stage : line->rollout_count - 1];
    /* Written so that what is no number leaves nobody in. */
    if (now->has_share && !(now->share >= share))
        share = now->share;
    if (!(share > 0.0))
        return 0.0;
    return share < 1.0 ? share : 1.0;
}

static bool is_outside(const struct asking *asking, struct pl_flag_answer *answer)
{
    const struct pl_flag_request *request = asking->request;
    const struct pl_salt salt = {PL_STR("share"), request->feature, {0}};
    const double share = pl_flag_share(asking->line, asking->now);

    if (share >= 1.0)
        return false;
    if (request->subject.len == 0)
        return off(answer, PL_FLAG_REASON_SPLIT, "no subject", NOWHERE);
    if (pl_bucket_of(&salt, request->subject) < share)
        return false;
    return off(answer, PL_FLAG_REASON_SPLIT, "outside of the share", NOWHERE);
}

static struct pl_flag_answer on(const struct asking *asking)
{
    const struct pl_flag_line *line = asking->line;
    const bool targeted = line->given && (line->launch || line->by_count > 0);

    if (pl_flag_share(line, asking->now) < 1.0)
        return (struct pl_flag_answer){true, PL_FLAG_REASON_SPLIT, "within the share", NOWHERE};
    if (targeted || asking->now->off_in.count > 0)
        return (struct pl_flag_answer){true, PL_FLAG_REASON_TARGETING, "on in the slice", NOWHERE};
    return (struct pl_flag_answer){true, PL_FLAG_REASON_STATIC, "on", NOWHERE};
}

struct pl_flag_answer pl_flag_evaluate(const struct pl_flag_line *line,
                                       const struct pl_flag_state_now *now,
                                       const struct pl_launch_now *launch,
                                       const struct pl_flag_request *request)
{
    static bool (*const QUESTIONS[])(const struct asking *, struct pl_flag_answer *) = {
        is_killed, is_off_by_line, is_dark, is_not_by, is_held_back, is_outside,
    };
    const struct asking asking = {line, now, launch, request};
    struct pl_flag_answer answer;

    for (size_t i = 0; i < sizeof QUESTIONS / sizeof QUESTIONS[0]; i++)
        if (QUESTIONS[i](&asking, &answer))
            return answer;
    return on(&asking);
}
