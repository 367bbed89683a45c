// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints one text for a bug report. Users send it to strangers. So it has only what concerns KVM of
 * the kernel command line, the configuration of modprobe and the kernel log, and it leaves out
 * lines with the name of this host or a network address.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <libkmod.h>

#include "output.h"
#include "report.h"

#define LOG_LINES 30

static const char * const kvm_modules[] = { "kvm", "kvm_hv", "kvm_pr", MODULE };

#define KVM_MODULES (sizeof(kvm_modules) / sizeof(kvm_modules[0]))

static bool is_in_word(unsigned char c)
{
	return isalnum(c) || c == '-' || c == '_';
}

/* Whether @line has the name of this host, with or without its domain */
static bool has_host_name(const char *line, const char *nodename)
{
	size_t length = strcspn(nodename, ".");
	const char *found;

	for (found = line; length && *found; found++)
		if (!strncmp(found, nodename, length) &&
		    (found == line || !is_in_word(found[-1])) && !is_in_word(found[length]))
			return true;
	return false;
}

/* Whether @line has an IPv4, IPv6 or Ethernet address */
static bool has_address(const char *line)
{
	static const char digits[] = "0123456789abcdefABCDEF:.";
	unsigned char address[16];
	char word[64];
	size_t length, i, colons;

	for (; *line; line += length ? length : 1) {
		length = strspn(line, digits);
		if (!length || length >= sizeof(word))
			continue;
		memcpy(word, line, length);
		word[length] = '\0';
		for (i = 0, colons = 0; i < length; i++)
			colons += word[i] == ':';
		/* a colon can end a phrase */
		if (length > 2 && word[length - 1] == ':' && word[length - 2] != ':')
			word[length - 1] = '\0';
		if (inet_pton(AF_INET, word, address) == 1 ||
		    (colons > 1 && length > 2 && inet_pton(AF_INET6, word, address) == 1) ||
		    (colons == 5 && length == 17))
			return true;
	}
	return false;
}

/* Prints a line from another source. Replaces characters that could control a terminal. */
static void print_line(FILE *file, const struct facts *facts, char *line)
{
	char *c;

	line[strcspn(line, "\n")] = '\0';
	for (c = line; *c; c++)
		if (*c != '\t' && (*c < ' ' || *c > '~'))
			*c = '?';
	if (has_host_name(line, facts->uts.nodename) || has_address(line))
		fputs("(a line with a host name or an address is left out)\n", file);
	else
		fprintf(file, "%s\n", line);
}

static void heading(FILE *file, const char *text)
{
	fprintf(file, "\n== %s ==\n", text);
}

static void cannot_read(FILE *file, const char *path, int err)
{
	fprintf(file, "cannot read %s: %s\n", path, strerror(err));
}

static FILE *open_file(const char *root, const char *path)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return fopen(full, "re");
}

/*
 * For each of @keys, prints the first line of the file @path that begins with it. If @keys is NULL,
 * prints the first line.
 */
static void print_lines(FILE *file, const char *root, const struct facts *facts, const char *path,
			const char * const *keys)
{
	FILE *input = open_file(root, path);
	char *line = NULL;
	size_t size = 0;

	if (!input) {
		cannot_read(file, path, errno);
		return;
	}
	if (!keys) {
		fprintf(file, "%s: ", path);
		if (getline(&line, &size, input) >= 0)
			print_line(file, facts, line);
		else if (ferror(input))
			fprintf(file, "%s\n", strerror(errno));
		else
			fputc('\n', file);
	}
	for (; keys && *keys; keys++) {
		rewind(input);
		while (getline(&line, &size, input) >= 0) {
			if (strncmp(line, *keys, strlen(*keys)))
				continue;
			print_line(file, facts, line);
			break;
		}
	}
	free(line);
	fclose(input);
}

/* Prints at most @lines lines of the output of a program. Returns whether it is installed. */
static bool print_output(FILE *file, const char *root, const struct facts *facts,
			 const char *program, const char *arguments, int lines)
{
	char command[PATH_MAX + 128], *line = NULL;
	size_t size = 0;
	FILE *output;
	int count;

	snprintf(command, sizeof(command), "%s%s", root, program);
	if (access(command, X_OK))
		return false;
	snprintf(command, sizeof(command), "LC_ALL=C '%s%s' %s 2>&1 </dev/null", root, program,
		 arguments);
	output = popen(command, "re");
	if (!output) {
		fprintf(file, "cannot run %s: %s\n", program, strerror(errno));
		return true;
	}
	for (count = 0; getline(&line, &size, output) >= 0; count++)
		if (count < lines)
			print_line(file, facts, line);
	free(line);
	pclose(output);
	return true;
}

static void print_system(FILE *file, const char *root, const struct facts *facts)
{
	static const char * const distribution[] = { "PRETTY_NAME=", NULL };
	static const char * const processor[] = {
		"cpu", "revision", "platform", "model", "MMU", NULL
	};
	static const char * const vmms[] = {
		"/usr/bin/qemu-system-ppc64",
		"/usr/libexec/qemu-kvm",
		"/usr/sbin/virtqemud",
		"/usr/sbin/libvirtd",
	};
	size_t i;

	heading(file, "System");
	fprintf(file, "kvm-ppc-compat " VERSION ", run by %s\n",
		facts->is_root ? "root" : "an ordinary user");
	fprintf(file, "Linux %s %s %s, pages of %ld bytes\n", facts->uts.release,
		facts->uts.version, facts->uts.machine, sysconf(_SC_PAGESIZE));
	print_lines(file, root, facts, "/etc/os-release", distribution);
	print_lines(file, root, facts, "/proc/cpuinfo", processor);
	if (facts->cpu_version)
		fprintf(file, "cpu-version of the device tree: %#010x%s\n", facts->cpu_version,
			facts->cpu_versions_differ ? " and others" : "");
	for (i = 0; i < sizeof(vmms) / sizeof(vmms[0]); i++)
		print_output(file, root, facts, vmms[i], "--version", 1);
}

/* Prints the parameters for modules, KVM and the MMU. Others can have addresses and secrets. */
static void print_command_line(FILE *file, const char *root, const struct facts *facts)
{
	static const char * const known[] = {
		"kvm.", "kvm_hv.", "kvm-hv.", "kvm_pr.", "kvm-pr.", MODULE ".", "kvm-ppc-compat.",
		"module_blacklist=", "modprobe.blacklist=", "module.sig_enforce", "lockdown=",
		"disable_radix", "mitigations=", "nokprobes", "ftrace=",
	};
	FILE *input = open_file(root, "/proc/cmdline");
	char *line = NULL, *word, *saved = NULL;
	int left_out = 0;
	size_t size = 0, i;

	heading(file, "Kernel command line");
	if (!input) {
		cannot_read(file, "/proc/cmdline", errno);
		return;
	}
	if (getline(&line, &size, input) < 0)
		size = 0;
	for (word = size ? strtok_r(line, "\n ", &saved) : NULL; word;
	     word = strtok_r(NULL, "\n ", &saved)) {
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (!strncmp(word, known[i], strlen(known[i])))
				break;
		if (i == sizeof(known) / sizeof(known[0]))
			left_out++;
		else
			print_line(file, facts, word);
	}
	fprintf(file, "%d other parameters are left out\n", left_out);
	free(line);
	fclose(input);
}

static void print_modprobe_part(FILE *file, const struct facts *facts,
				struct kmod_config_iter *iter, const char *what, bool has_value)
{
	char line[1024], name[64];
	const char *key, *value;
	size_t i, j;

	while (iter && kmod_config_iter_next(iter)) {
		key = kmod_config_iter_get_key(iter);
		value = has_value ? kmod_config_iter_get_value(iter) : NULL;
		snprintf(name, sizeof(name), "%s", key);
		for (j = 0; name[j]; j++)
			if (name[j] == '-')
				name[j] = '_';
		for (i = 0; i < KVM_MODULES; i++) {
			if (strcmp(name, kvm_modules[i]))
				continue;
			snprintf(line, sizeof(line), "%s %s%s%s", what, key, value ? " " : "",
				 value ? value : "");
			print_line(file, facts, line);
		}
	}
	kmod_config_iter_free_iter(iter);
}

static void print_modprobe(FILE *file, const char *root, const struct facts *facts)
{
	char folder[PATH_MAX / 2], etc[PATH_MAX / 2];
	const char *const paths[] = { etc, NULL };
	struct kmod_ctx *ctx;

	heading(file, "Configuration of modprobe for KVM modules");
	snprintf(folder, sizeof(folder), "%s/lib/modules/%s", root, facts->uts.release);
	snprintf(etc, sizeof(etc), "%s/etc/modprobe.d", root);
	/* NULL selects the folders that modprobe reads */
	ctx = kmod_new(folder, root[0] ? paths : NULL);
	if (!ctx) {
		cannot_read(file, "it", errno);
		return;
	}
	kmod_set_log_priority(ctx, LOG_CRIT);
	print_modprobe_part(file, facts, kmod_config_get_blacklists(ctx), "blacklist", false);
	/* commands can have secrets: print only that there is one */
	print_modprobe_part(file, facts, kmod_config_get_install_commands(ctx),
			    "install (a command)", false);
	print_modprobe_part(file, facts, kmod_config_get_remove_commands(ctx),
			    "remove (a command)", false);
	print_modprobe_part(file, facts, kmod_config_get_options(ctx), "options", true);
	print_modprobe_part(file, facts, kmod_config_get_softdeps(ctx), "softdep", true);
	kmod_unref(ctx);
}

/* Prints the last lines of each file that matches @pattern. */
static void print_ends(FILE *file, const char *root, const struct facts *facts, const char *pattern)
{
	char path[PATH_MAX], *lines[LOG_LINES] = {};
	size_t size[LOG_LINES] = {}, i, count, shown;
	FILE *input;
	glob_t files;

	snprintf(path, sizeof(path), "%s%s", root, pattern);
	if (glob(path, 0, NULL, &files))
		return;
	for (i = 0; i < files.gl_pathc; i++) {
		fprintf(file, "\nThe end of %s:\n", files.gl_pathv[i] + strlen(root));
		input = fopen(files.gl_pathv[i], "re");
		if (!input) {
			cannot_read(file, "it", errno);
			continue;
		}
		count = 0;
		while (getline(&lines[count % LOG_LINES], &size[count % LOG_LINES], input) >= 0)
			count++;
		/* the last call of getline() has overwritten the oldest line */
		shown = count < LOG_LINES ? count : LOG_LINES - 1;
		for (; shown; shown--)
			print_line(file, facts, lines[(count - shown) % LOG_LINES]);
		fclose(input);
	}
	for (i = 0; i < LOG_LINES; i++)
		free(lines[i]);
	globfree(&files);
}

static void print_dkms(FILE *file, const char *root, const struct facts *facts)
{
	char pattern[PATH_MAX];

	heading(file, "DKMS");
	if (!print_output(file, root, facts, "/usr/sbin/dkms", "status kvm-ppc-compat", LOG_LINES))
		fputs("dkms is not installed\n", file);
	if (!facts->dkms[0])
		fputs("the module's sources are not in /usr/src\n", file);
	/* the log of a failed build, and that of the build for this kernel */
	print_ends(file, root, facts, "/var/lib/dkms/kvm-ppc-compat/*/build/make.log");
	snprintf(pattern, sizeof(pattern), "/var/lib/dkms/kvm-ppc-compat/*/%s/*/log/make.log",
		 facts->uts.release);
	print_ends(file, root, facts, pattern);
	/* those that dkms-all keeps: one for each kernel without a module, in any dkms_tree */
	print_ends(file, root, facts, "/var/log/kvm-ppc-compat-*.log");
}

static void print_sysfs(FILE *file, const char *root, const struct facts *facts)
{
	static const char * const files[] = {
		"/proc/sys/kernel/tainted",
		"/proc/sys/kernel/modules_disabled",
		"/sys/kernel/security/lockdown",
		"/sys/kernel/debug/kprobes/enabled",
	};
	static const char * const attributes[] = { "*", "parameters/*" };
	char pattern[PATH_MAX];
	glob_t found;
	size_t i, j, k;

	heading(file, "Kernel");
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		print_lines(file, root, facts, files[i], NULL);
	for (i = 0; i < KVM_MODULES; i++) {
		for (j = 0; j < sizeof(attributes) / sizeof(attributes[0]); j++) {
			snprintf(pattern, sizeof(pattern), "%s/sys/module/%s/%s", root,
				 kvm_modules[i], attributes[j]);
			if (glob(pattern, GLOB_MARK, NULL, &found))
				continue;
			for (k = 0; k < found.gl_pathc; k++)
				/* skip folders, which GLOB_MARK marks, and write-only files */
				if (found.gl_pathv[k][strlen(found.gl_pathv[k]) - 1] != '/' &&
				    !strstr(found.gl_pathv[k], "/uevent"))
					print_lines(file, root, facts,
						    found.gl_pathv[k] + strlen(root), NULL);
			globfree(&found);
		}
	}
}

/* A record of kmsg is "PRIORITY,NUMBER,MICROSECONDS,FLAGS;TEXT", then lines that are not needed. */
static void print_kernel_log(FILE *file, const char *root, const struct facts *facts)
{
	static const char * const prefixes[] = {
		MODULE ":", "kvm:", "kvm_hv:", "kvm-hv:", "kvmhv", "kvm_pr:", "KVM:", "KVM-",
	};
	char path[PATH_MAX], record[8192], *text;
	unsigned long long time;
	unsigned int priority;
	ssize_t length;
	size_t i;
	int fd;

	heading(file, "Kernel log");
	snprintf(path, sizeof(path), "%s/dev/kmsg", root);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		cannot_read(file, "/dev/kmsg", errno);
		return;
	}
	for (;;) {
		length = read(fd, record, sizeof(record) - 1);
		/* a record was overwritten before it was read */
		if (length < 0 && errno == EPIPE)
			continue;
		if (length <= 0)
			break;
		record[length] = '\0';
		text = strchr(record, ';');
		/* records that are not from the kernel have a facility in the upper bits */
		if (!text || sscanf(record, "%u,%*u,%llu", &priority, &time) != 2 || priority > 7)
			continue;
		text++;
		for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
			if (strncmp(text, prefixes[i], strlen(prefixes[i])))
				continue;
			fprintf(file, "[%5llu.%06llu] ", time / 1000000, time % 1000000);
			print_line(file, facts, text);
			break;
		}
	}
	if (length < 0 && errno != EAGAIN)
		cannot_read(file, "/dev/kmsg", errno);
	close(fd);
}

/**
 * report() - print everything that a bug report needs
 * @file: where to print
 * @root: as for facts_get()
 * @facts: from facts_get()
 * @result: from checks_judge()
 * @checks: from checks_judge()
 *
 * If a file cannot be read, this prints its name and the reason.
 */
void report(FILE *file, const char *root, const struct facts *facts, const struct result *result,
	    const struct check *checks)
{
	output_table(file, facts, result, checks, true, false);
	print_system(file, root, facts);
	print_command_line(file, root, facts);
	print_modprobe(file, root, facts);
	print_dkms(file, root, facts);
	print_sysfs(file, root, facts);
	print_kernel_log(file, root, facts);
}
