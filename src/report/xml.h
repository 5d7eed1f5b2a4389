/* Text within XML. */
#ifndef PL_REPORT_XML_H
#define PL_REPORT_XML_H

#include "base/buffer.h"

/* Text fit for an attribute or an element: control characters are replaced, signs escaped. */
void pl_xml_text(struct pl_buffer *out, struct pl_str text);

#endif
