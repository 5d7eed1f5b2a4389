/* The formats of hosts, mail and web addresses. Private to src/schema. */
#ifndef PL_SCHEMA_FORMAT_ADDRESS_H
#define PL_SCHEMA_FORMAT_ADDRESS_H

#include "base/str.h"

bool pl_schema_is_email(struct pl_str text);
bool pl_schema_is_idn_email(struct pl_str text);
bool pl_schema_is_hostname(struct pl_str text);
bool pl_schema_is_ipv4(struct pl_str text);
bool pl_schema_is_ipv6(struct pl_str text);
bool pl_schema_is_uri(struct pl_str text);
bool pl_schema_is_uri_reference(struct pl_str text);
bool pl_schema_is_iri(struct pl_str text);
bool pl_schema_is_iri_reference(struct pl_str text);
bool pl_schema_is_uri_template(struct pl_str text);

#endif
