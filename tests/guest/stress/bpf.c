// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BPF programs on the hooked functions, by trampoline (fentry, fexit) and by kprobe.multi. Each counts its runs.
 */
#define _GNU_SOURCE
#include <linux/bpf.h>
#include <linux/btf.h>

#include "stress.h"

#define CALLS 100

static const struct kind {
	const char *name;
	enum bpf_prog_type type;
	enum bpf_attach_type attach_type;
	__u32 flags;	/* of kprobe.multi */
} kinds[] = {
	{ "BPF-fentry", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, 0 },
	{ "BPF-fexit", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, 0 },
	{ "BPF-kprobe.multi", BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI, 0 },
	{ "BPF-kretprobe.multi", BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI, BPF_F_KPROBE_MULTI_RETURN },
};

static struct function {
	const char *module, *name;
	int counter, program, link;	/* files: a map of one counter, what counts there, what attaches it */
} functions[] = {
	{ .module = "kvm_hv", .name = "kvm_arch_vm_ioctl_hv" },
	{ .module = "kvm", .name = "kvm_vm_ioctl_check_extension" },
};

#define FUNCTIONS (sizeof(functions) / sizeof(functions[0]))

static int bpf(int command, union bpf_attr *attr)
{
	int ret = syscall(SYS_bpf, command, attr, sizeof(*attr));

	if (ret < 0)
		ok(false, "bpf command %d: %s", command, strerrorname_np(errno));
	return ret;
}

/* The types that the kernel or a module has in /sys/kernel/btf; not to be freed */
static const struct btf_header *read_btf(const char *name)
{
	static unsigned char buffers[2][32 << 20];
	unsigned char *buffer = buffers[strcmp(name, "vmlinux") != 0];
	size_t size = 0;
	ssize_t got;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/btf/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while ((got = read(fd, buffer + size, sizeof(buffers[0]) - size)) > 0)
		size += got;
	close(fd);
	return ok(!got && size, "%s can be read", path) ? (void *)buffer : NULL;
}

/*
 * The number of @function, where the first type has the number @id and the strings start at @strings; without such a
 * function the number behind the last.
 */
static __u32 type_number(const struct btf_header *btf, __u32 id, __u32 strings, const char *function)
{
	/* the bytes behind a type, by its kind: this many, or this many for each of its members */
	static const unsigned char more[] = { [BTF_KIND_INT] = 4, [BTF_KIND_ARRAY] = 12, [BTF_KIND_VAR] = 4,
		[BTF_KIND_DECL_TAG] = 4 };
	static const unsigned char each[] = { [BTF_KIND_STRUCT] = 12, [BTF_KIND_UNION] = 12, [BTF_KIND_ENUM] = 8,
		[BTF_KIND_FUNC_PROTO] = 8, [BTF_KIND_DATASEC] = 12, [BTF_KIND_ENUM64] = 12 };
	const char *types = (const char *)btf + btf->hdr_len + btf->type_off, *end = types + btf->type_len;
	const char *names = (const char *)btf + btf->hdr_len + btf->str_off;

	for (; types < end; id++) {
		const struct btf_type *type = (const void *)types;
		unsigned int kind = BTF_INFO_KIND(type->info);

		if (function && kind == BTF_KIND_FUNC && type->name_off >= strings &&
		    !strcmp(names + type->name_off - strings, function))
			break;
		types += sizeof(*type) + (kind < sizeof(more) ? more[kind] : 0) +
			 (kind < sizeof(each) ? each[kind] * BTF_INFO_VLEN(type->info) : 0);
	}
	return id;
}

/* A file for a module's types */
static int module_btf(const char *module)
{
	union bpf_attr next = {};

	while (!syscall(SYS_bpf, BPF_BTF_GET_NEXT_ID, &next, sizeof(next))) {
		char name[64] = "";
		struct bpf_btf_info info = { .name = (uintptr_t)name, .name_len = sizeof(name) };
		int fd = bpf(BPF_BTF_GET_FD_BY_ID, &(union bpf_attr){ .btf_id = next.next_id });

		bpf(BPF_OBJ_GET_INFO_BY_FD, &(union bpf_attr){ .info.bpf_fd = fd, .info.info_len = sizeof(info),
			.info.info = (uintptr_t)&info });
		if (!strcmp(name, module))
			return fd;
		close(fd);
		next.start_id = next.next_id;
	}
	ok(false, "there are types of %s", module);
	return -1;
}

/* Load a program of that kind, for one function. */
static void load_program(const struct kind *kind, struct function *f)
{
	union bpf_attr map = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1 };
	union bpf_attr program = { .prog_type = kind->type, .expected_attach_type = kind->attach_type,
		.license = (uintptr_t)"GPL" };

	f->counter = bpf(BPF_MAP_CREATE, &map);

	struct bpf_insn insns[] = {
		/* r1 = the counter's address, in two; r2 = 1; *r1 += r2, atomically; return 0 */
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_VALUE, .imm = f->counter },
		{ .code = 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 1 },
		{ .code = BPF_STX | BPF_DW | BPF_ATOMIC, .dst_reg = 1, .src_reg = 2, .imm = BPF_ADD },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	program.insns = (uintptr_t)insns;
	program.insn_cnt = sizeof(insns) / sizeof(insns[0]);
	if (kind->type == BPF_PROG_TYPE_TRACING) {
		const struct btf_header *base = read_btf("vmlinux"), *own = read_btf(f->module);

		if (!base || !own)
			return;
		program.attach_btf_id = type_number(own, type_number(base, 1, 0, NULL), base->str_len, f->name);
		program.attach_btf_obj_fd = module_btf(f->module);
	}
	f->program = bpf(BPF_PROG_LOAD, &program);
}

static void attach(const struct kind *kind, struct function *f)
{
	const char *symbol = f->name;
	union bpf_attr link = { .link_create.prog_fd = f->program, .link_create.attach_type = kind->attach_type };

	if (kind->attach_type == BPF_TRACE_KPROBE_MULTI) {
		link.link_create.kprobe_multi.flags = kind->flags;
		link.link_create.kprobe_multi.cnt = 1;
		link.link_create.kprobe_multi.syms = (uintptr_t)&symbol;
	}
	f->link = bpf(BPF_LINK_CREATE, &link);
}

static unsigned long runs(const struct function *f)
{
	__u64 count = 0;
	__u32 key = 0;

	bpf(BPF_MAP_LOOKUP_ELEM, &(union bpf_attr){ .map_fd = f->counter, .key = (uintptr_t)&key,
		.value = (uintptr_t)&count });
	return count;
}

/* Of each function, as many calls that are ours as such that are not: the programs see them all. */
static void count_runs(const char *name, const char *when)
{
	int kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0), i;
	unsigned long before[FUNCTIONS], counted;
	struct caller self = {};
	size_t f;

	for (f = 0; f < FUNCTIONS; f++)
		before[f] = runs(&functions[f]);
	for (i = 0; i < CALLS; i++)
		ask_all(&self, abis, vm_fd, kvm_fd);
	if (!ok(!self.wrong[0], "%s, %s: each call gets a right answer", name, when))
		printf("# %s\n", self.wrong);
	for (f = 0; f < FUNCTIONS; f++) {
		counted = runs(&functions[f]) - before[f];
		if (!ok(counted == 2 * CALLS, "%s, %s: %s is seen %d times", name, when, functions[f].name, 2 * CALLS))
			printf("# %lu times\n", counted);
	}
	close(vm_fd);
	close(kvm_fd);
}

static void one_kind(const struct kind *kind, int rounds)
{
	const char *unloaded = "0", *loaded = "0";
	unsigned int failed = tap_failed;
	unsigned long enough;
	struct function *f;
	int i, tries, unseen = 0;

	for (f = functions; f < functions + FUNCTIONS; f++) {
		load_program(kind, f);
		attach(kind, f);
	}
	if (tap_failed != failed) {
		experiment(kind->name, 0, failed);
		return;
	}
	callers_know_answer = true;
	count_runs(kind->name, "attached after the module");

	start_callers(true);
	for (i = 0; i < rounds && !unseen; i++)
		for (f = functions; f < functions + FUNCTIONS; f++) {
			close(f->link);
			enough = runs(f) + 1000;
			attach(kind, f);
			/* the sleep gives the CPU to the callers; a minute is more than a busy host needs */
			for (tries = 0; tries < 60000 && runs(f) < enough; tries++)
				usleep(1000);
			unseen += runs(f) < enough;
		}
	stop_callers(kind->name, false);
	ok(!unseen, "%s: calls are seen each time", kind->name);

	start_callers(false);
	for (i = 0; i < rounds && !strcmp(unloaded, "0") && !strcmp(loaded, "0"); i++) {
		unloaded = unload_in_use("kvm_ppc_compat");
		loaded = load_module(OURS, "");
	}
	is("unload under load", unloaded, "0");
	is("load under load", loaded, "0");
	stop_callers(kind->name, true);
	callers_know_answer = true;
	count_runs(kind->name, "attached before the module");

	for (f = functions; f < functions + FUNCTIONS; f++) {
		close(f->link);
		close(f->program);
		close(f->counter);
	}
	references_back(kind->name);
	experiment(kind->name, rounds, failed);
}

void bpf_programs(int rounds, bool trampolines, bool multi)
{
	size_t k;

	for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		if (kinds[k].type == BPF_PROG_TYPE_TRACING ? trampolines : multi)
			one_kind(&kinds[k], rounds);
}
