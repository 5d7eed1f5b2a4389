/* flag, shadow, experiment and guard: who gets what of live traffic, with names made into models and shares
   that must make a whole checked. */
#include "line/serving_rows.h"

#include <math.h>

#define DAYS_PER_YEAR 365.25
#define SHARES_MARGIN 1e-9
#define ARMS_MIN      2

/* ---- flag ---- */

static bool read_groups(struct pl_reader *reader, const struct pl_node *node,
                        struct pl_strs *groups)
{
    const struct pl_key key = {.example = "[en, de]"};
    const bool is_list = node->kind == PL_NODE_LIST;
    const size_t most = is_list ? node->count : 1;
    struct pl_str *items = pl_reader_alloc(reader, most, sizeof *items);
    size_t count = 0;

    if (items == NULL || (!is_list && !pl_reader_expect(reader, node, PL_NODE_SCALAR, key.example)))
        return false;
    if (most == 0)
        pl_reader_fault(reader, node, PL_STR("name the groups in which it is on"), "is empty");
    for (const struct pl_node *item = is_list ? node->first : node; item != NULL;
         item = is_list ? item->next : NULL)
        count += pl_reader_name(reader, item, NULL, &items[count]);
    *groups = (struct pl_strs){items, count};
    return count == most;
}

static void read_by(struct pl_reader *reader, const struct pl_node *node,
                    const struct pl_serve_line *serve, struct pl_flag_line *flag)
{
    struct pl_flag_rule *rules = pl_reader_alloc(reader, PL_SEGMENTS_MAX, sizeof *rules);

    flag->by = rules;
    for (const struct pl_node *entry = node->first; entry != NULL && rules != NULL;
         entry = entry->next) {
        struct pl_flag_rule *rule = &rules[flag->by_count];

        if (entry->repeated || !pl_serving_segment(reader, entry, serve, entry->key) ||
            !read_groups(reader, entry, &rule->groups))
            continue;
        rule->segment = entry->key;
        flag->by_count++;
    }
}

void pl_flag_read(struct pl_reader *reader, const struct pl_node *node, struct pl_serving *serving)
{
    struct pl_flag_row row = {0};

    pl_section_defaults(reader, PL_SECTION_FLAG, &row);
    if (node != NULL && pl_section_read(reader, PL_SECTION_FLAG, node, &row)) {
        row.flag.given = true;
        if (row.by != NULL)
            read_by(reader, row.by, &serving->serve, &row.flag);
        if (row.flag.launch && !reader->line->launch.given)
            pl_reader_fault_key(reader, pl_node_child(node, "launch"),
                                PL_STR("add `launch: {by: SEGMENT}`, or take it out"),
                                "speaks of slices, and the line has no section `launch`");
    }
    row.flag.state = row.on ? PL_FLAG_ON : PL_FLAG_OFF;
    row.flag.rollout = row.rollout.items;
    row.flag.rollout_count = row.rollout.count;
    serving->flag = row.flag;
}

/* ---- shadow ---- */

void pl_shadow_read(struct pl_reader *reader, const struct pl_node *node,
                    struct pl_serving *serving)
{
    struct pl_shadow_row row = {0};

    pl_section_defaults(reader, PL_SECTION_SHADOW, &row);
    if (node != NULL && pl_section_read(reader, PL_SECTION_SHADOW, node, &row) &&
        row.model.len > 0) {
        row.shadow.model = pl_reader_model(reader, pl_node_child(node, "model"), row.model);
        pl_route_check_kind(reader, pl_node_child(node, "model"), &serving->route,
                            row.shadow.model);
        if (row.shadow.model != NULL && pl_node_child(node, "budget") != NULL &&
            !row.shadow.model->price.given)
            pl_reader_fault_key(reader, pl_node_child(node, "budget"),
                                PL_STR("give the model a `price`"),
                                "cannot be counted: the model `%s` has no price",
                                pl_reader_quote(reader, row.model).ptr);
    }
    row.shadow.budget_per_day = row.budget_per_year / DAYS_PER_YEAR;
    serving->shadow = row.shadow;
}

/* ---- experiments ---- */

/* An arm is its share, or a map of keys. */
static bool read_arm(struct pl_reader *reader, const struct pl_node *node,
                     const struct pl_route *route, struct pl_arm *arm)
{
    const struct pl_node *parameters = pl_node_child(node, "parameters");
    struct pl_arm_row row = {0};

    if (!pl_reader_is_name(node->key)) {
        pl_reader_fault_key(reader, node, PL_STR("use letters, digits, `_` and `-`, at most 64"),
                            "is no name");
        return false;
    }
    if (node->kind == PL_NODE_MAP) {
        if (!pl_section_read(reader, PL_SECTION_ARM, node, &row))
            return false;
    } else if (!pl_value_read(reader, pl_key_find(PL_SECTION_ARM, PL_STR("share")), node, &row)) {
        return false;
    }
    if (row.model.len > 0)
        row.arm.model = pl_reader_model(reader, pl_node_child(node, "model"), row.model);
    pl_route_check_kind(reader, pl_node_child(node, "model"), route, row.arm.model);
    if (parameters != NULL && parameters->kind != PL_NODE_MAP)
        pl_reader_fault(reader, parameters, PL_STR("for example `{temperature: 0}`"),
                        "must be a map of members of the request");
    row.arm.name = node->key;
    *arm = row.arm;
    return true;
}

static void check_arms(struct pl_reader *reader, const struct pl_node *node,
                       const struct pl_experiment_line *experiment)
{
    double sum = 0;

    for (size_t i = 0; i < experiment->arms_count; i++)
        sum += experiment->arms[i].share;
    if (experiment->arms_count < ARMS_MIN)
        pl_reader_fault_key(reader, node, PL_STR("for example `{control: 50%, warm: 50%}`"),
                            "compare nothing: there must be at least two");
    else if (fabs(sum - 1) > SHARES_MARGIN)
        pl_reader_fault_key(reader, node, PL_STR("change the shares"),
                            "have shares that make %.10g%%; they must make 100%%", sum * 100);
}

static void read_arms(struct pl_reader *reader, const struct pl_node *node,
                      const struct pl_route *route, struct pl_experiment_line *experiment)
{
    const size_t before = reader->problems->count;
    struct pl_arm *arms = pl_reader_alloc(reader, PL_ARMS_MAX, sizeof *arms);

    experiment->arms = arms;
    for (const struct pl_node *entry = node->first; entry != NULL && arms != NULL;
         entry = entry->next) {
        if (entry->repeated)
            continue;
        if (experiment->arms_count == PL_ARMS_MAX) {
            pl_reader_fault_key(reader, entry, PL_STR(""),
                                "is one arm too many; at most %d are allowed", PL_ARMS_MAX);
            return;
        }
        experiment->arms_count += read_arm(reader, entry, route, &arms[experiment->arms_count]);
    }
    if (reader->problems->count == before)
        check_arms(reader, node, experiment);
}

static void check_experiment(struct pl_reader *reader, const struct pl_node *node,
                             const struct pl_serving *serving,
                             const struct pl_experiment_line *experiment)
{
    double of_layer = experiment->share;

    if (!pl_reader_is_name(experiment->name))
        pl_reader_fault(reader, pl_node_child(node, "name"),
                        PL_STR("use letters, digits, `_` and `-`, at most 64"), "is no name");
    if (!pl_str_equal_text(experiment->sticky, "subject"))
        (void)pl_serving_segment(reader, pl_node_child(node, "sticky"), &serving->serve,
                                 experiment->sticky);
    for (size_t i = 0; i < serving->experiments_count; i++) {
        const struct pl_experiment_line *other = &serving->experiments[i];

        if (pl_str_equal(other->name, experiment->name))
            pl_reader_fault(reader, pl_node_child(node, "name"),
                            PL_STR("give each experiment a name of its own"),
                            "is `%s`, as of one before it",
                            pl_reader_quote(reader, experiment->name).ptr);
        if (experiment->layer.len > 0 && pl_str_equal(other->layer, experiment->layer))
            of_layer += other->share;
    }
    if (of_layer > 1 + SHARES_MARGIN)
        pl_reader_fault_key(reader, pl_node_child(node, "layer"),
                            PL_STR("lower the `share` of its experiments"),
                            "has experiments whose shares make %.10g%%; at most 100%% can be "
                            "given out",
                            of_layer * 100);
}

static void read_experiment(struct pl_reader *reader, const struct pl_node *node,
                            struct pl_serving *serving, struct pl_experiment_line *experiment)
{
    const size_t before = reader->problems->count;
    struct pl_experiment_row row = {0};

    pl_section_defaults(reader, PL_SECTION_EXPERIMENT, &row);
    if (!pl_section_read(reader, PL_SECTION_EXPERIMENT, node, &row) ||
        reader->problems->count > before)
        return;
    read_arms(reader, row.arms, &serving->route, &row.experiment);
    row.experiment.place = node->key_place.line > 0 ? node->key_place : node->place;
    check_experiment(reader, node, serving, &row.experiment);
    *experiment = row.experiment;
    serving->experiments_count++;
}

void pl_experiments_read(struct pl_reader *reader, const struct pl_node *node,
                         struct pl_serving *serving)
{
    const bool is_list = node != NULL && node->kind == PL_NODE_LIST;
    struct pl_experiment_line *experiments =
        pl_reader_alloc(reader, PL_EXPERIMENTS_MAX, sizeof *experiments);

    serving->experiments = experiments;
    if (node == NULL || experiments == NULL || (!is_list && node->kind != PL_NODE_MAP))
        return;
    for (const struct pl_node *entry = is_list ? node->first : node; entry != NULL;
         entry = is_list ? entry->next : NULL) {
        if (serving->experiments_count == PL_EXPERIMENTS_MAX) {
            pl_reader_fault(reader, entry, PL_STR(""),
                            "is one experiment too many; at most %d are allowed",
                            PL_EXPERIMENTS_MAX);
            return;
        }
        read_experiment(reader, entry, serving, &experiments[serving->experiments_count]);
    }
}

/* ---- guard ---- */

struct filters {
    bool is_output;
    struct pl_guard_line *items;
    size_t count;
};

/* The keys that say something for one filter only. */
static const struct pl_key_of OF_FILTER[] = {
    {"max", PL_GUARD_SIZE},
    {"pattern", PL_GUARD_DENY},
    {"ignore_case", PL_GUARD_DENY},
};

static void check_filter(struct pl_reader *reader, const struct pl_node *node,
                         const struct filters *filters, const struct pl_filter_row *row)
{
    const struct pl_guard_line *guard = &row->guard;

    if (guard->filter == PL_GUARD_SIZE && !row->size_given)
        pl_reader_fault_missing(reader, node, "max", PL_STR("a filter `size` needs it"));
    if (guard->filter == PL_GUARD_DENY && guard->pattern.len == 0)
        pl_reader_fault_missing(reader, node, "pattern", PL_STR("a filter `deny` needs it"));
    pl_serving_check_choice(reader, node,
                            &(struct pl_choice){"filter", &PL_WORDS_GUARD_FILTER,
                                                (int)guard->filter, OF_FILTER,
                                                sizeof OF_FILTER / sizeof *OF_FILTER});
    if (guard->act == PL_GUARD_MASK && guard->filter != PL_GUARD_DENY)
        pl_reader_fault(reader, pl_node_child(node, "do"), PL_STR("`block` it, or `note` it"),
                        "is `mask`, which only a filter `deny` can do");
    if (guard->act == PL_GUARD_RETRY && !filters->is_output)
        pl_reader_fault(reader, pl_node_child(node, "do"), PL_STR("`block` it, or `note` it"),
                        "is `retry`, and a request cannot be asked for again");
    for (size_t i = 0; i < filters->count; i++)
        if (pl_str_equal(filters->items[i].name, guard->name))
            pl_reader_fault(reader, node, PL_STR("give each a `name` of its own"),
                            "is called `%s`, as one before it",
                            pl_reader_quote(reader, guard->name).ptr);
}

static void read_filter(struct pl_reader *reader, const struct pl_node *node,
                        struct filters *filters)
{
    const size_t before = reader->problems->count;
    struct pl_filter_row row = {0};

    pl_section_defaults(reader, PL_SECTION_FILTER, &row);
    if (!pl_section_read(reader, PL_SECTION_FILTER, node, &row) || reader->problems->count > before)
        return;
    row.guard.place = node->place;
    if (row.guard.name.len == 0)
        row.guard.name = pl_str_of(pl_word_name(&PL_WORDS_GUARD_FILTER, row.guard.filter));
    else if (!pl_reader_is_name(row.guard.name))
        pl_reader_fault(reader, pl_node_child(node, "name"),
                        PL_STR("use letters, digits, `_` and `-`, at most 64"), "is no name");
    check_filter(reader, node, filters, &row);
    filters->items[filters->count++] = row.guard;
}

static void read_filters(struct pl_reader *reader, const struct pl_node *node,
                         struct filters *filters)
{
    filters->items = pl_reader_alloc(reader, PL_GUARDS_MAX, sizeof *filters->items);
    for (const struct pl_node *entry = node == NULL ? NULL : node->first;
         entry != NULL && filters->items != NULL; entry = entry->next) {
        if (filters->count == PL_GUARDS_MAX) {
            pl_reader_fault(reader, entry, PL_STR(""),
                            "is one filter too many; at most %d are allowed", PL_GUARDS_MAX);
            return;
        }
        read_filter(reader, entry, filters);
    }
}

void pl_guard_read(struct pl_reader *reader, const struct pl_node *node, struct pl_serving *serving)
{
    struct filters input = {.is_output = false}, output = {.is_output = true};
    struct pl_guard_row row = {0};

    if (node == NULL || !pl_section_read(reader, PL_SECTION_GUARD, node, &row))
        return;
    read_filters(reader, row.input, &input);
    read_filters(reader, row.output, &output);
    serving->guards_input = input.items;
    serving->guards_input_count = input.count;
    serving->guards_output = output.items;
    serving->guards_output_count = output.count;
}
