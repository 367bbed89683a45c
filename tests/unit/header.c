// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The header for userspace has the numbers and the layout of Linux 7.3.
 */
#include <stddef.h>

#include <linux/kvm_ppc_compat.h>
#include <linux/kvm_ppc_compat.h> /* twice does no harm */
#include <linux/kvm.h>

#define EQUAL(a, b) _Static_assert((a) == (b), #a)

EQUAL(KVM_CAP_PPC_COMPAT_CAPS, 250);
EQUAL(_IOC_TYPE(KVM_PPC_GET_COMPAT_CAPS), 0xae);
EQUAL(_IOC_NR(KVM_PPC_GET_COMPAT_CAPS), 0xb8);
EQUAL(_IOC_SIZE(KVM_PPC_GET_COMPAT_CAPS), 0);
EQUAL(_IOC_DIR(KVM_PPC_GET_COMPAT_CAPS), _IOC_NONE);
EQUAL(KVM_PPC_COMPAT_CAP_POWER9, 0x4000000000000000);
EQUAL(KVM_PPC_COMPAT_CAP_POWER10, 0x2000000000000000);
EQUAL(KVM_PPC_COMPAT_CAP_POWER11, 0x1000000000000000);
EQUAL(KVM_PPC_COMPAT_BITMASK, 0x7000000000000000);
EQUAL(KVM_PPC_COMPAT_CAPS_SIZE_VER0, 24);
EQUAL(sizeof(struct kvm_ppc_compat_caps), 24);
EQUAL(offsetof(struct kvm_ppc_compat_caps, size), 0);
EQUAL(offsetof(struct kvm_ppc_compat_caps, flags), 8);
EQUAL(offsetof(struct kvm_ppc_compat_caps, compat_capabilities), 16);

/* The draft's names differ from the others, so that a program can use both. */
EQUAL(KVM_CAP_PPC_COMPAT_CAPS_DRAFT, 249);
EQUAL(_IOC_TYPE(KVM_PPC_GET_COMPAT_CAPS_DRAFT), 0xae);
EQUAL(_IOC_NR(KVM_PPC_GET_COMPAT_CAPS_DRAFT), 0xe4);
EQUAL(_IOC_SIZE(KVM_PPC_GET_COMPAT_CAPS_DRAFT), 24);
EQUAL(_IOC_DIR(KVM_PPC_GET_COMPAT_CAPS_DRAFT), _IOC_READ);
EQUAL(KVM_PPC_GET_COMPAT_CAPS_IOWR_DRAFT ^ KVM_PPC_GET_COMPAT_CAPS_DRAFT, _IOC(_IOC_WRITE, 0, 0, 0));
EQUAL(sizeof(struct kvm_ppc_compat_caps_draft), 24);
EQUAL(offsetof(struct kvm_ppc_compat_caps_draft, flags), 0);
EQUAL(offsetof(struct kvm_ppc_compat_caps_draft, size), 8);
EQUAL(offsetof(struct kvm_ppc_compat_caps_draft, compat_capabilities), 16);
