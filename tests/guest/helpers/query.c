// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints what a VMM sees.
 */
#define _GNU_SOURCE
#include "vmm.h"

int main(void)
{
	puts(query());
	return 0;
}
