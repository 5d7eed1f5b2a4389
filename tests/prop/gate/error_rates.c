/*
 * How often the gate is wrong, by simulated audits that go through the same code as real ones: a limit
 * truly violated called clear, a line truly kept called breached; how often it decides at all; and how
 * often the intervals that it prints hold the truth.
 *
 *     error_rates [AUDITS [SEED [PART]]]
 *
 * The suite runs a short one; docs/gate-error-rates.md gives the figures of a long one.
 */
#include "simulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct part {
    const char *name;
    void (*run)(struct sim_run *run);
} PARTS[] = {
    {"rates", sim_rates_run},       {"tails", sim_tails_run},     {"line", sim_line_run},
    {"power", sim_power_run},       {"needed", sim_needed_run},   {"numbers", sim_numbers_run},
    {"coverage", sim_coverage_run}, {"between", sim_between_run},
};

int main(int argc, char **argv)
{
    struct sim_run run = {
        .audits = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100,
        .seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1,
    };

    if (run.audits == 0)
        return EXIT_FAILURE;
    run.allowance = sim_is_short(&run) ? 4.0 : 3.0;
    printf("seed %llu, %u audits, confidence %.2f\n", (unsigned long long)run.seed, run.audits,
           SIM_CONFIDENCE);
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++)
        if (argc < 4 || strcmp(argv[3], PARTS[i].name) == 0)
            PARTS[i].run(&run);
    printf("\n%u figures, %u beyond two standard errors, %u beyond %.0f\n", run.figures,
           run.surprise, run.beyond, run.allowance);
    return run.beyond == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
