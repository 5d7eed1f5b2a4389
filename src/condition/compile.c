/* The grammar of conditions, read by recursive descent. `or` binds least, then `and`, then `not`; a comparison stands
   between two operands and is not chained. Depth is bounded by PL_CONDITION_DEPTH_MAX.

     condition := part { "or" part }          part := term { "and" term }          term := "not" term | test
     test      := operand [ sign operand | [ "not" ] in | [ "not" ] between | [ "not" ] like | "is" [ "not" ] "null" ]
     in        := "in" "(" operand { "," operand } ")"      between := "between" operand "and" operand
     like      := "like" text [ "escape" text ]             operand := column | literal | "(" condition ")"
*/
#include "condition/node.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

struct parser {
    struct pl_scanner scanner;
    struct pl_token token; /* the next one */
    struct pl_arena *arena;
    struct pl_condition *condition;
    size_t columns_max;
    uint32_t depth;
};

static enum pl_status parse_or(struct parser *parser, struct pl_condition_node **ret_node);

/* ---- tokens ---- */

static bool is_word(const struct pl_token *token, const char *word)
{
    return token->sort == PL_TOKEN_WORD && token->text.len == strlen(word) &&
           strncasecmp(token->text.ptr, word, token->text.len) == 0;
}

static bool is_sign(const struct pl_token *token, const char *sign)
{
    return token->sort == PL_TOKEN_SIGN && pl_str_equal_text(token->text, sign);
}

static enum pl_status advance(struct parser *parser)
{
    return pl_scanner_next(&parser->scanner, &parser->token);
}

static enum pl_status fail_here(struct parser *parser, const char *wanted)
{
    const struct pl_token *token = &parser->token;
    const int shown = token->text.len > 40 ? 40 : (int)token->text.len;

    if (token->sort == PL_TOKEN_END)
        return pl_scanner_fail(&parser->scanner, token->start, "it ends where %s is missing",
                               wanted);
    return pl_scanner_fail(&parser->scanner, token->start, "`%.*s` stands where %s is missing",
                           shown, token->text.ptr, wanted);
}

static enum pl_status expect_word(struct parser *parser, const char *word, const char *wanted)
{
    return is_word(&parser->token, word) ? advance(parser) : fail_here(parser, wanted);
}

static enum pl_status expect_sign(struct parser *parser, const char *sign, const char *wanted)
{
    return is_sign(&parser->token, sign) ? advance(parser) : fail_here(parser, wanted);
}

/* ---- nodes ---- */

static enum pl_status make(struct parser *parser, enum pl_node_sort sort,
                           struct pl_condition_node **ret_node)
{
    struct pl_condition_node *node = pl_arena_alloc(parser->arena, sizeof *node);

    if (node == NULL)
        return pl_arena_error(parser->arena, "a condition", parser->scanner.error);
    node->sort = sort;
    *ret_node = node;
    return PL_OK;
}

static enum pl_status make_literal(struct parser *parser, struct pl_datum datum,
                                   struct pl_condition_node **ret_node)
{
    PL_RETURN_IF(make(parser, PL_SORT_LITERAL, ret_node));
    (*ret_node)->literal = datum;
    return advance(parser);
}

static enum pl_status parse_number(struct parser *parser, bool is_negative,
                                   struct pl_condition_node **ret_node)
{
    double number = 0;

    if (parser->token.sort != PL_TOKEN_NUMBER)
        return fail_here(parser, "a number after its sign");
    if (!pl_str_to_double(parser->token.text, &number))
        return pl_scanner_fail(
            &parser->scanner, parser->token.start, "`%.*s` is too large a number",
            parser->token.text.len > 40 ? 40 : (int)parser->token.text.len, parser->token.text.ptr);
    return make_literal(
        parser,
        (struct pl_datum){.kind = PL_DATUM_NUMBER, .number = is_negative ? -number : number},
        ret_node);
}

/* Notes the name once among the columns, and makes its node. */
static enum pl_status make_column(struct parser *parser, struct pl_condition_node **ret_node)
{
    struct pl_condition *condition = parser->condition;
    const struct pl_str name = parser->token.text;
    size_t at = 0;

    if (name.len == 0)
        return fail_here(parser, "a name");
    PL_RETURN_IF(make(parser, PL_SORT_COLUMN, ret_node));
    while (at < condition->columns_count && !pl_str_equal(condition->columns[at], name))
        at++;
    if (at == condition->columns_count && at == parser->columns_max) {
        const size_t more = parser->columns_max * 2 + 8;
        struct pl_str *columns = pl_arena_alloc_array(parser->arena, more, sizeof *columns);

        if (columns == NULL)
            return pl_arena_error(parser->arena, "a condition", parser->scanner.error);
        if (at > 0)
            memcpy(columns, condition->columns, at * sizeof *columns);
        condition->columns = columns;
        parser->columns_max = more;
    }
    if (at == condition->columns_count) {
        condition->columns[at] = pl_arena_copy(parser->arena, name);
        if (condition->columns[at].ptr == NULL)
            return pl_arena_error(parser->arena, "a condition", parser->scanner.error);
        condition->columns_count++;
    }
    (*ret_node)->column = condition->columns[at];
    return advance(parser);
}

/* ---- operands ---- */

static enum pl_status parse_word(struct parser *parser, struct pl_condition_node **ret_node)
{
    const struct pl_token *token = &parser->token;
    const struct pl_token named = *token;

    if (is_word(token, "true") || is_word(token, "false"))
        return make_literal(
            parser, (struct pl_datum){.kind = PL_DATUM_BOOL, .truth = is_word(token, "true")},
            ret_node);
    if (is_word(token, "null"))
        return make_literal(parser, (struct pl_datum){.kind = PL_DATUM_NULL}, ret_node);
    if (pl_word_is_reserved(token->text))
        return pl_scanner_fail(&parser->scanner, token->start,
                               "`%.*s` is a word of SQL; for a column of that name write "
                               "\"%.*s\"",
                               PL_STR_ARG(token->text), PL_STR_ARG(token->text));
    PL_RETURN_IF(make_column(parser, ret_node));
    if (is_sign(&parser->token, "("))
        return pl_scanner_fail(&parser->scanner, named.start,
                               "`%.*s(…)` is a function, and none are known in conditions",
                               named.text.len > 40 ? 40 : (int)named.text.len, named.text.ptr);
    return PL_OK;
}

static enum pl_status parse_parentheses(struct parser *parser, struct pl_condition_node **ret_node)
{
    if (parser->depth == PL_CONDITION_DEPTH_MAX)
        return pl_scanner_fail(&parser->scanner, parser->token.start,
                               "it is nested deeper than %d levels", PL_CONDITION_DEPTH_MAX);
    parser->depth++;
    PL_RETURN_IF(advance(parser));
    PL_RETURN_IF(parse_or(parser, ret_node));
    parser->depth--;
    return expect_sign(parser, ")", "`)`");
}

static enum pl_status parse_operand(struct parser *parser, struct pl_condition_node **ret_node)
{
    const struct pl_token *token = &parser->token;
    const bool is_negative = is_sign(token, "-");

    if (token->sort == PL_TOKEN_WORD)
        return parse_word(parser, ret_node);
    if (token->sort == PL_TOKEN_QUOTED)
        return make_column(parser, ret_node);
    if (token->sort == PL_TOKEN_TEXT)
        return make_literal(parser, (struct pl_datum){.kind = PL_DATUM_TEXT, .text = token->text},
                            ret_node);
    if (token->sort == PL_TOKEN_NUMBER)
        return parse_number(parser, false, ret_node);
    if (is_negative || is_sign(token, "+")) {
        PL_RETURN_IF(advance(parser));
        return parse_number(parser, is_negative, ret_node);
    }
    if (is_sign(token, "("))
        return parse_parentheses(parser, ret_node);
    return fail_here(parser, "a column, a number or a text");
}

/* ---- tests ---- */

static bool is_comparison(const struct pl_token *token, enum pl_compare *ret_compare)
{
    static const struct {
        const char *sign;
        enum pl_compare compare;
    } SIGNS[] = {
        {"=", PL_COMPARES_EQUAL},     {"<>", PL_COMPARES_UNEQUAL}, {"!=", PL_COMPARES_UNEQUAL},
        {"<", PL_COMPARES_LESS},      {"<=", PL_COMPARES_AT_MOST}, {">", PL_COMPARES_MORE},
        {">=", PL_COMPARES_AT_LEAST},
    };

    for (size_t i = 0; i < sizeof SIGNS / sizeof *SIGNS; i++) {
        if (!is_sign(token, SIGNS[i].sign))
            continue;
        *ret_compare = SIGNS[i].compare;
        return true;
    }
    return false;
}

static enum pl_status parse_comparison(struct parser *parser, enum pl_compare compare,
                                       struct pl_condition_node **node)
{
    struct pl_condition_node *left = *node;
    struct pl_condition_node *test = NULL;

    PL_RETURN_IF(advance(parser));
    PL_RETURN_IF(make(parser, PL_SORT_COMPARE, &test));
    assert(test != NULL && left != NULL);
    test->compare = compare;
    test->first = left;
    *node = test;
    return parse_operand(parser, &left->next);
}

static enum pl_status parse_in(struct parser *parser, struct pl_condition_node *test)
{
    struct pl_condition_node *last = test->first;

    PL_RETURN_IF(advance(parser));
    PL_RETURN_IF(expect_sign(parser, "(", "`(` with the values"));
    for (;;) {
        PL_RETURN_IF(parse_operand(parser, &last->next));
        last = last->next;
        assert(last != NULL);
        if (!is_sign(&parser->token, ","))
            return expect_sign(parser, ")", "`,` or `)`");
        PL_RETURN_IF(advance(parser));
    }
}

static enum pl_status parse_between(struct parser *parser, struct pl_condition_node *test)
{
    struct pl_condition_node *low = NULL;

    PL_RETURN_IF(advance(parser));
    PL_RETURN_IF(parse_operand(parser, &low));
    assert(low != NULL);
    test->first->next = low;
    PL_RETURN_IF(expect_word(parser, "and", "the `and` of `between`"));
    return parse_operand(parser, &low->next);
}

/* Whether the pattern ends in an escape that escapes nothing. */
static bool ends_escaping(struct pl_str pattern, struct pl_str escape)
{
    size_t at = 0;

    while (escape.len > 0 && at < pattern.len) {
        const size_t size = pl_character_size(pattern, at);

        if (size != escape.len || memcmp(pattern.ptr + at, escape.ptr, size) != 0) {
            at += size;
            continue;
        }
        at += size;
        if (at >= pattern.len)
            return true;
        at += pl_character_size(pattern, at);
    }
    return false;
}

static enum pl_status parse_like(struct parser *parser, struct pl_condition_node *test)
{
    struct pl_token pattern, escape = {.text = {"", 0}};

    PL_RETURN_IF(advance(parser));
    pattern = parser->token;
    if (pattern.sort != PL_TOKEN_TEXT)
        return fail_here(parser, "the pattern of `like` in ''");
    PL_RETURN_IF(advance(parser));
    if (is_word(&parser->token, "escape")) {
        PL_RETURN_IF(advance(parser));
        escape = parser->token;
        if (escape.sort != PL_TOKEN_TEXT || escape.text.len != 1 ||
            (unsigned char)escape.text.ptr[0] >= 0x80)
            return fail_here(parser, "the one character of `escape` in ''");
        PL_RETURN_IF(advance(parser));
    }
    if (ends_escaping(pattern.text, escape.text))
        return pl_scanner_fail(&parser->scanner, pattern.start,
                               "the pattern ends in its escape, which escapes nothing");
    if (!pl_like_compile(pattern.text, escape.text, parser->arena, &test->like))
        return pl_arena_error(parser->arena, "a condition", parser->scanner.error);
    return test->like != NULL
               ? PL_OK
               : pl_scanner_fail(&parser->scanner, pattern.start,
                                 "the pattern has a part with `_` of more than %d characters",
                                 PL_LIKE_WILD_MAX);
}

static enum pl_status parse_is(struct parser *parser, struct pl_condition_node *test)
{
    PL_RETURN_IF(advance(parser));
    test->negated = is_word(&parser->token, "not");
    if (test->negated)
        PL_RETURN_IF(advance(parser));
    return expect_word(parser, "null", "`null` after `is`");
}

/* One of the tests that begin with a word. */
static enum pl_status parse_worded(struct parser *parser, struct pl_condition_node **node)
{
    static const struct {
        const char *word;
        enum pl_node_sort sort;
        enum pl_status (*parse)(struct parser *parser, struct pl_condition_node *test);
    } TESTS[] = {
        {"in", PL_SORT_IN, parse_in},
        {"between", PL_SORT_BETWEEN, parse_between},
        {"like", PL_SORT_LIKE, parse_like},
        {"is", PL_SORT_IS_NULL, parse_is},
    };
    const bool negated = is_word(&parser->token, "not");
    struct pl_condition_node *test = NULL;

    if (negated)
        PL_RETURN_IF(advance(parser));
    for (size_t i = 0; i < sizeof TESTS / sizeof *TESTS; i++) {
        if (!is_word(&parser->token, TESTS[i].word) ||
            (negated && TESTS[i].sort == PL_SORT_IS_NULL))
            continue;
        PL_RETURN_IF(make(parser, TESTS[i].sort, &test));
        assert(test != NULL);
        test->negated = negated;
        test->first = *node;
        *node = test;
        return TESTS[i].parse(parser, test);
    }
    return negated ? fail_here(parser, "`in`, `between` or `like` after `not`") : PL_OK;
}

static enum pl_status parse_test(struct parser *parser, struct pl_condition_node **ret_node)
{
    enum pl_compare compare = PL_COMPARES_EQUAL;

    PL_RETURN_IF(parse_operand(parser, ret_node));
    if (is_comparison(&parser->token, &compare))
        return parse_comparison(parser, compare, ret_node);
    return parse_worded(parser, ret_node);
}

/* ---- and, or, not ---- */

static enum pl_status parse_not(struct parser *parser, struct pl_condition_node **ret_node)
{
    struct pl_condition_node *node = NULL;
    bool negated = false;

    while (is_word(&parser->token, "not")) {
        negated = !negated;
        PL_RETURN_IF(advance(parser));
        /* `not not x` is x but for its type, which `not` makes a truth. */
        if (node == NULL)
            PL_RETURN_IF(make(parser, PL_SORT_NOT, &node));
    }
    if (node == NULL)
        return parse_test(parser, ret_node);
    PL_RETURN_IF(parse_test(parser, &node->first));
    node->negated = negated;
    *ret_node = node;
    return PL_OK;
}

struct junction {
    const char *word;
    enum pl_node_sort sort;
    enum pl_status (*parse)(struct parser *parser, struct pl_condition_node **ret_node);
};

static enum pl_status parse_junction(struct parser *parser, const struct junction *junction,
                                     struct pl_condition_node **ret_node)
{
    struct pl_condition_node *first = NULL;
    struct pl_condition_node *node = NULL;
    struct pl_condition_node *last = NULL;

    PL_RETURN_IF(junction->parse(parser, &first));
    assert(first != NULL);
    if (!is_word(&parser->token, junction->word)) {
        *ret_node = first;
        return PL_OK;
    }
    PL_RETURN_IF(make(parser, junction->sort, &node));
    assert(node != NULL);
    node->first = first;
    last = first;
    while (is_word(&parser->token, junction->word)) {
        PL_RETURN_IF(advance(parser));
        PL_RETURN_IF(junction->parse(parser, &last->next));
        last = last->next;
        assert(last != NULL);
    }
    *ret_node = node;
    return PL_OK;
}

static enum pl_status parse_and(struct parser *parser, struct pl_condition_node **ret_node)
{
    static const struct junction AND = {"and", PL_SORT_AND, parse_not};

    return parse_junction(parser, &AND, ret_node);
}

static enum pl_status parse_or(struct parser *parser, struct pl_condition_node **ret_node)
{
    static const struct junction OR = {"or", PL_SORT_OR, parse_and};

    return parse_junction(parser, &OR, ret_node);
}

/* ---- the whole ---- */

static enum pl_status parse(struct parser *parser)
{
    struct pl_condition_node *root = NULL;

    PL_RETURN_IF(advance(parser));
    PL_RETURN_IF(parse_or(parser, &root));
    if (parser->token.sort != PL_TOKEN_END)
        return fail_here(parser, "`and`, `or` or the end");
    parser->condition->root = root;
    return PL_OK;
}

enum pl_status pl_condition_compile(struct pl_str text, struct pl_arena *arena,
                                    struct pl_condition **ret_condition, struct pl_error *error)
{
    struct pl_condition *condition = pl_arena_alloc(arena, sizeof *condition);
    struct parser parser = {
        .scanner = {.text = text, .arena = arena, .error = error},
        .arena = arena,
        .condition = condition,
    };

    if (condition == NULL)
        return pl_arena_error(arena, "a condition", error);
    if (text.len > PL_CONDITION_SIZE_BYTES_MAX)
        return pl_error_set(error, PL_E_LINE, "it is %zu bytes long; at most %d are allowed",
                            text.len, PL_CONDITION_SIZE_BYTES_MAX);
    if (!pl_str_is_utf8(text))
        return pl_error_set(error, PL_E_LINE, "it is not valid UTF-8");
    PL_RETURN_IF(parse(&parser));
    *ret_condition = condition;
    return PL_OK;
}
