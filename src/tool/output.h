/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints the result and the checks, for people and for programs.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdio.h>

#include "checks.h"

/* The format of output_json(), in status.schema.json */
#define SCHEMA_VERSION 1

void output_table(FILE *file, const struct facts *facts, const struct result *result,
		  const struct check *checks, bool verbose, bool colour);
int output_json(FILE *file, const struct facts *facts, const struct result *result,
		const struct check *checks);

#endif /* OUTPUT_H */
