// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Usage: load MODULE-FILE
 * Loads a module once and prints the name of the errno, or 0.
 */
#define _GNU_SOURCE
#include "vmm.h"

int main(int argc, char **argv)
{
	return argc == 2 && puts(load_module(argv[1], "")) >= 0 ? 0 : 2;
}
