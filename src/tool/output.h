/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answers, for people and for programs.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdio.h>

#include "checks.h"

void output_table(FILE *file, const struct facts *facts, const struct check *checks, bool colour);
void output_json(FILE *file, const struct facts *facts, const struct check *checks,
		 enum outcome outcome);

#endif /* OUTPUT_H */
