/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads and unloads modules through libkmod, and explains its errors.
 */
#ifndef MODULE_H
#define MODULE_H

#include "facts.h"

int module_load(const char *name);
int module_unload(const char *name);
const char *module_explain(int err, const char *name, const struct facts *facts);

#endif /* MODULE_H */
