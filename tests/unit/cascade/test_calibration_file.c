/* The file of a fit: what is read of it, and that each way to be wrong is refused with what is wrong. */
#include "cascade/confidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)32 << 20)

#define HEAD                                                                                       \
    "{\"plimsoll_fit\":1,\"feature\":\"f\",\"from\":\"logprobs\",\"signal\":\"margin\",\"tiers\":" \
    "["
#define STEPS "\"fitted_on\":9,\"steps\":{\"signals\":[0.1,0.4],\"values\":[0.2,0.9]}"

static enum pl_status parse(const char *text, struct pl_arena *arena,
                            struct pl_calibration_map **ret_map, struct pl_error *error)
{
    pl_arena_init(arena, ARENA_SIZE_BYTES_MAX);
    return pl_calibration_parse(pl_str_of(text), "small.fit.json", arena, ret_map, error);
}

static void the_maps_of_all_tiers_are_read(void **state)
{
    (void)state;
    struct pl_arena arena;
    struct pl_error error = {0};
    struct pl_calibration_map *map;

    assert_int_equal(parse(HEAD "{\"model\":\"small\",\"deliver_at\":0.87," STEPS "},"
                                "{\"model\":\"medium\",\"deliver_at\":null," STEPS ",\"ece\":1},"
                                "{\"model\":\"large\"}],\"more\":{}}",
                           &arena, &map, &error),
                     PL_OK);
    assert_true(pl_str_equal_text(map->feature, "f"));
    assert_true(pl_str_equal_text(map->from, "logprobs"));
    assert_true(pl_str_equal_text(map->signal, "margin"));
    assert_true(pl_str_equal_text(map->model, "small"));
    assert_int_equal(map->decisions, 9);
    assert_int_equal(map->count, 2);
    assert_true(map->deliver_at == 0.87);
    assert_true(pl_calibrated(map, 0.39) == 0.2);
    assert_true(pl_calibrated(map, 0.4) == 0.9);
    assert_ptr_equal(pl_calibration_of(map, PL_STR("small")), map);
    assert_ptr_equal(pl_calibration_of(map, PL_STR("medium")), map->next);
    assert_true(isnan(map->next->deliver_at));
    assert_null(pl_calibration_of(map, PL_STR("large")));
    assert_null(map->next->next);
    pl_arena_deinit(&arena);
}

static void what_is_wrong_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum pl_status status;
        const char *message;
    } CASES[] = {
        {"", PL_E_DATA, ""},
        {"[]", PL_E_DATA, "`plimsoll_fit` is missing"},
        {"{}", PL_E_DATA, "`plimsoll_fit` is missing"},
        {"{\"plimsoll_fit\":2}", PL_E_UNSUPPORTED, "version"},
        {"{\"plimsoll_fit\":1}", PL_E_DATA, "`from`"},
        {"{\"plimsoll_fit\":1,\"from\":\"field\"}", PL_E_DATA, "no `tiers`"},
        {HEAD "]}", PL_E_DATA, "no tier has `steps`"},
        {HEAD "{\"model\":\"m\"}]}", PL_E_DATA, "no tier has `steps`"},
        {HEAD "7]}", PL_E_DATA, "no tier has `steps`"},
        {HEAD "{" STEPS "}]}", PL_E_DATA, "without `model`"},
        {HEAD "{\"model\":\"m\"," STEPS "},{\"model\":\"m\"," STEPS "}]}", PL_E_DATA, "two of it"},
        {HEAD "{\"model\":\"m\",\"steps\":{}}]}", PL_E_DATA, "`fitted_on`"},
        {HEAD "{\"model\":\"m\",\"fitted_on\":1,\"steps\":{}}]}", PL_E_DATA, "`signals`"},
        {HEAD "{\"model\":\"m\",\"fitted_on\":1,\"steps\":{\"signals\":[],\"values\":[]}}]}",
         PL_E_CORRUPT, "no steps"},
        {HEAD "{\"model\":\"m\",\"fitted_on\":1,\"steps\":{\"signals\":[1],\"values\":[0,1]}}]}",
         PL_E_CORRUPT, "not as many"},
        {HEAD "{\"model\":\"m\",\"fitted_on\":1,\"steps\":{\"signals\":[1,1],\"values\":[0,1]}}]}",
         PL_E_CORRUPT, "do not ascend"},
        {HEAD "{\"model\":\"m\",\"fitted_on\":1,\"steps\":{\"signals\":[1,2],\"values\":[1,0]}}]}",
         PL_E_CORRUPT, "that fall"},
        {HEAD "{\"model\":\"m\",\"fitted_on\":1,\"steps\":{\"signals\":[1],\"values\":[1.01]}}]}",
         PL_E_CORRUPT, "outside 0 to 1"},
        {HEAD "{\"model\":\"m\",\"fitted_on\":1,\"steps\":{\"signals\":[\"1\"],\"values\":[1]}}]}",
         PL_E_DATA, "no number"},
    };

    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct pl_arena arena;
        struct pl_error error = {0};
        struct pl_calibration_map *map = NULL;

        assert_int_equal(parse(CASES[i].text, &arena, &map, &error), CASES[i].status);
        assert_non_null(strstr(error.message, CASES[i].message));
        assert_string_equal(error.file, "small.fit.json");
        assert_null(map);
        pl_arena_deinit(&arena);
    }
}

static void a_file_of_another_use_is_refused_with_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *feature, *from, *signal, *model, *message;
    } CASES[] = {
        {"f", "logprobs", "margin", "small", NULL},
        {"f", "logprobs", "margin", "medium", NULL},
        {"f", "logprobs", "margin", "large", "knows no model `large`, but `small`, `medium`"},
        {"f", "logprobs", "margin", "small-2", "give it its old name, else fit it again"},
        {"g", "logprobs", "margin", "small", "the feature `f`, and the line has `g`"},
        {"f", "field", "", "small", "confidence from `logprobs`, and the line has `field`"},
        {"f", "logprobs", "mean", "small", "the signal `margin`, and the line has `mean`: fit it"},
    };
    struct pl_arena arena;
    struct pl_error error = {0};
    struct pl_calibration_map *map;

    assert_int_equal(parse(HEAD "{\"model\":\"small\"," STEPS "},{\"model\":\"medium\"," STEPS
                                "}]}",
                           &arena, &map, &error),
                     PL_OK);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const struct pl_str model = pl_str_of(CASES[i].model);
        const struct pl_calibration_use use = {
            .feature = pl_str_of(CASES[i].feature),
            .from = pl_str_of(CASES[i].from),
            .signal = pl_str_of(CASES[i].signal),
            .models = &model,
            .models_count = 1,
        };

        error = (struct pl_error){0};
        assert_int_equal(pl_calibration_check(map, &use, "small.fit.json", &error),
                         CASES[i].message == NULL ? PL_OK : PL_E_DATA);
        if (CASES[i].message == NULL)
            continue;
        assert_non_null(strstr(error.message, CASES[i].message));
        assert_string_equal(error.file, "small.fit.json");
    }
    pl_arena_deinit(&arena);
}

static void a_file_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct pl_arena arena;
    struct pl_error error = {0};
    struct pl_calibration_map *map = NULL;

    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    assert_int_equal(pl_calibration_read("there/is/no.fit.json", &arena, &map, &error),
                     PL_E_NOT_FOUND);
    assert_non_null(strstr(error.message, "no.fit.json"));
    pl_arena_deinit(&arena);
}

static void a_full_arena_is_an_error(void **state)
{
    (void)state;
    struct pl_arena arena;
    struct pl_error error = {0};
    struct pl_calibration_map *map = NULL;

    pl_arena_init(&arena, 16);
    assert_int_equal(pl_calibration_parse(PL_STR(HEAD "{\"model\":\"m\"," STEPS "}]}"), "a", &arena,
                                          &map, &error),
                     PL_E_LIMIT);
    pl_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_maps_of_all_tiers_are_read),
        cmocka_unit_test(what_is_wrong_is_refused_by_name),
        cmocka_unit_test(a_file_of_another_use_is_refused_with_what_to_do),
        cmocka_unit_test(a_file_that_is_not_there_is_named),
        cmocka_unit_test(a_full_arena_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
