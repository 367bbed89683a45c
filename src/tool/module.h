/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading and unloading, through libkmod, and what its errors mean.
 */
#ifndef MODULE_H
#define MODULE_H

#include "facts.h"

int module_load(const char *name);
int module_unload(const char *name);
const char *module_explain(int err, const char *name, const struct facts *facts);

#endif /* MODULE_H */
