/* The line that `plimsoll init` writes. */
#ifndef PL_LINE_TEMPLATE_H
#define PL_LINE_TEMPLATE_H

/* A commented line for a binary classifier, as text that reads without a fault. Static. */
const char *pl_line_template(void);

#endif
