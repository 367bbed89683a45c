/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TAP output for programs that run in a guest.
 */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* weak: all files of a program share them */
__attribute__((weak)) unsigned int tap_count, tap_failed;

/* One test point; returns @pass. */
__attribute__((format(printf, 2, 3)))
static inline bool ok(bool pass, const char *format, ...)
{
	va_list args;

	printf("%sok %u - ", pass ? "" : "not ", ++tap_count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	tap_failed += !pass;
	return pass;
}

static inline void is(const char *name, const char *got, const char *expected)
{
	if (!ok(!strcmp(got, expected), "%s: %s", name, expected))
		printf("# got: %s\n", got);
}

/* The plan, which comes last; returns what main() has to return. */
static inline int tap_done(void)
{
	printf("1..%u\n", tap_count);
	return tap_failed ? 1 : 0;
}

#endif /* TAP_H */
