/*
 * Arms of experiments. A subject's bucket in a layer lies in the range of at most one experiment, and its
 * bucket in that experiment, of another salt, says the arm: so that a share that grows moves nobody from
 * one arm to another. Ranges are sums of the shares before, so that they touch and never overlap.
 */
#include "flag/bucket.h"
#include "flag/flag.h"

struct assigning {
    const struct pl_serving *serving;
    const struct pl_flag_request *request;
    bool held_out;
};

static const char *const WHYS[] = {
    [PL_PART_ASSIGNED] = "assigned",
    [PL_PART_NO_SUBJECT] = "no subject",
    [PL_PART_HELD_OUT] = "held out",
    [PL_PART_OTHER] = "another experiment of the layer",
    [PL_PART_OUTSIDE] = "outside of the share",
    [PL_PART_CONDITION] = "condition",
};

/* What the experiment is sticky by: the subject, or the group of a segment. Empty: there is none. */
static struct pl_str unit_of(const struct pl_experiment_line *experiment,
                             const struct pl_flag_request *request)
{
    if (experiment->sticky.len == 0 || pl_str_equal_text(experiment->sticky, "subject"))
        return request->subject;

    const struct pl_str group = request->group(experiment->sticky, request->context);

    return pl_str_equal_text(group, PL_GROUP_MISSING) ? (struct pl_str){0} : group;
}

static bool shares_layer(const struct pl_experiment_line *a, const struct pl_experiment_line *b)
{
    return a == b || (a->layer.len > 0 && pl_str_equal(a->layer, b->layer));
}

/* The first experiment of the layer, and where in the layer the range of this one begins. */
static const struct pl_experiment_line *leader_of(const struct pl_serving *serving,
                                                  const struct pl_experiment_line *experiment,
                                                  double *ret_begin)
{
    const struct pl_experiment_line *leader = experiment;

    *ret_begin = 0.0;
    for (size_t i = (size_t)(experiment - serving->experiments); i-- > 0;)
        if (shares_layer(&serving->experiments[i], experiment))
            leader = &serving->experiments[i];
    for (const struct pl_experiment_line *one = leader; one < experiment; one++)
        if (shares_layer(one, experiment))
            *ret_begin += one->share;
    return leader;
}

/* Where in the layer all ranges end. */
static double end_of(const struct pl_serving *serving, const struct pl_experiment_line *leader)
{
    const struct pl_experiment_line *end = serving->experiments + serving->experiments_count;
    double sum = 0.0;

    for (const struct pl_experiment_line *one = leader; one < end; one++)
        if (shares_layer(one, leader))
            sum += one->share;
    return sum;
}

/* Where in the experiment's layer its subject is, as a salt. */
static struct pl_salt salt_of(const struct pl_experiment_line *experiment, struct pl_str feature)
{
    if (experiment->layer.len > 0)
        return (struct pl_salt){PL_STR("layer"), feature, experiment->layer};
    return (struct pl_salt){PL_STR("experiment"), feature, experiment->name};
}

static enum pl_part place(const struct assigning *assigning,
                          const struct pl_experiment_line *experiment)
{
    const struct pl_flag_request *request = assigning->request;
    double begin;
    const struct pl_experiment_line *leader = leader_of(assigning->serving, experiment, &begin);
    const struct pl_salt salt = salt_of(experiment, request->feature);
    const struct pl_str unit = unit_of(leader, request);

    if (unit.len == 0)
        return PL_PART_NO_SUBJECT;

    const double bucket = pl_bucket_of(&salt, unit);

    /* The same sum as that of the next one's beginning, so that the two touch. */
    if (bucket >= begin && bucket < begin + experiment->share)
        return PL_PART_ASSIGNED;
    return bucket < end_of(assigning->serving, leader) ? PL_PART_OTHER : PL_PART_OUTSIDE;
}

/* The last arm takes what rounding leaves of the sum of the shares. */
static const struct pl_arm *arm_of(const struct pl_experiment_line *experiment,
                                   struct pl_str feature, struct pl_str unit)
{
    const struct pl_salt salt = {PL_STR("arm"), feature, experiment->name};
    const double bucket = pl_bucket_of(&salt, unit);
    double end = 0.0;

    for (size_t i = 0; i + 1 < experiment->arms_count; i++) {
        end += experiment->arms[i].share;
        if (bucket < end)
            return &experiment->arms[i];
    }
    return &experiment->arms[experiment->arms_count - 1];
}

static enum pl_part assign(const struct assigning *assigning,
                           const struct pl_experiment_line *experiment,
                           const struct pl_condition *when, const struct pl_arm **ret_arm)
{
    const struct pl_flag_request *request = assigning->request;
    const struct pl_str unit = unit_of(experiment, request);

    /* Without a subject nobody can say whether it is held out. */
    if (unit.len == 0 || (assigning->serving->holdout > 0.0 && request->subject.len == 0))
        return PL_PART_NO_SUBJECT;
    if (assigning->held_out)
        return PL_PART_HELD_OUT;

    const enum pl_part part = place(assigning, experiment);

    if (part != PL_PART_ASSIGNED || experiment->arms_count == 0)
        return part == PL_PART_ASSIGNED ? PL_PART_OUTSIDE : part;
    if (when != NULL && !pl_condition_holds(when, request->datum, request->context))
        return PL_PART_CONDITION;
    *ret_arm = arm_of(experiment, request->feature, unit);
    return PL_PART_ASSIGNED;
}

static bool is_held_out(const struct pl_serving *serving, const struct pl_flag_request *request)
{
    const struct pl_salt salt = {PL_STR("holdout"), request->feature, {0}};

    return request->subject.len > 0 && pl_bucket_of(&salt, request->subject) < serving->holdout;
}

size_t pl_assign(const struct pl_serving *serving, struct pl_condition *const *whens,
                 const struct pl_flag_request *request, struct pl_assignment *ret)
{
    const struct assigning assigning = {serving, request, is_held_out(serving, request)};
    size_t assigned = 0;

    for (size_t i = 0; i < serving->experiments_count; i++) {
        const struct pl_experiment_line *experiment = &serving->experiments[i];
        const struct pl_arm *arm = NULL;
        const enum pl_part part =
            assign(&assigning, experiment, whens == NULL ? NULL : whens[i], &arm);

        ret[i] = (struct pl_assignment){experiment, arm, part, WHYS[part]};
        assigned += arm != NULL;
    }
    return assigned;
}
