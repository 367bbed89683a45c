/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints one text for a bug report.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdio.h>

#include "checks.h"

void report(FILE *file, const char *root, const struct facts *facts, const struct result *result,
	    const struct check *checks);

#endif /* REPORT_H */
