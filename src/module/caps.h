/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which compatibility modes this host offers to nested guests.
 */
#ifndef KVM_PPC_COMPAT_CAPS_H
#define KVM_PPC_COMPAT_CAPS_H

#include <linux/types.h>

int caps_init(void);
void caps_exit(void);
void caps_negotiate(void);
u64 caps_get(void);

#endif /* KVM_PPC_COMPAT_CAPS_H */
