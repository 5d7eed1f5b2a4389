/* The script and the style of the report, as web/ builds them, turned into C by the build. The hashes are
   in base64, as a Content-Security-Policy names them. Private to html.c. */
#ifndef PL_REPORT_WEB_BUNDLE_H
#define PL_REPORT_WEB_BUNDLE_H

#include <stddef.h>

extern const unsigned char PL_WEB_SCRIPT[];
extern const size_t PL_WEB_SCRIPT_SIZE_BYTES;
extern const char PL_WEB_SCRIPT_SHA256[];
extern const unsigned char PL_WEB_STYLE[];
extern const size_t PL_WEB_STYLE_SIZE_BYTES;
extern const char PL_WEB_STYLE_SHA256[];

#endif
