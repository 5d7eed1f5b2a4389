/* The table of report formats: a row for each, with its writer for a gate and for an audit. */
#include "report/report.h"

#include <string.h>

const struct pl_report_format PL_REPORT_FORMATS[] = {
    {.name = "text", .gate = pl_gate_text, .audit = pl_audit_text},
    {.name = "json", .gate = pl_gate_json, .audit = pl_audit_json},
    {.name = "markdown", .gate = pl_gate_markdown, .audit = pl_audit_markdown},
    {.name = "junit", .gate = pl_gate_junit},
};

const size_t PL_REPORT_FORMATS_COUNT = sizeof PL_REPORT_FORMATS / sizeof *PL_REPORT_FORMATS;

const struct pl_report_format *pl_report_format_find(const char *name)
{
    for (size_t i = 0; i < PL_REPORT_FORMATS_COUNT; i++)
        if (strcmp(PL_REPORT_FORMATS[i].name, name) == 0)
            return &PL_REPORT_FORMATS[i];
    return NULL;
}
