// SPDX-License-Identifier: GPL-2.0-only
/* While it is loaded, H_GUEST_GET_CAPABILITIES answers otherwise than the hypervisor does. */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <asm/hvcall.h>

static ulong offers;
module_param(offers, ulong, 0444);
MODULE_PARM_DESC(offers, "the capabilities that it answers; 0: it does not know the call");

static int called(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	*(unsigned long **)instance->data = (unsigned long *)regs->gpr[4];
	return regs->gpr[3] != 0x460;
}

static int returns(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	regs->gpr[3] = offers ? H_SUCCESS : H_FUNCTION;
	**(unsigned long **)instance->data = offers;
	return 0;
}

static struct kretprobe probe = {
	.kp.symbol_name = "plpar_hcall",
	.entry_handler = called,
	.handler = returns,
	.data_size = sizeof(unsigned long *),
};

static int __init hypervisor_init(void)
{
	return register_kretprobe(&probe);
}

static void __exit hypervisor_exit(void)
{
	unregister_kretprobe(&probe);
}

module_init(hypervisor_init);
module_exit(hypervisor_exit);

MODULE_DESCRIPTION("A hypervisor that answers otherwise");
MODULE_LICENSE("GPL");
