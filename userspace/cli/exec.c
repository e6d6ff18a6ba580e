// SPDX-License-Identifier: GPL-2.0
/*
 * "xvcpu exec": run a program that knows /dev/kvm only, with /dev/xvcpu in its
 * place.
 *
 * The program gets a mount namespace of its own, and everything else stays as it
 * is. Where there is no /dev/kvm to put it over, it gets a /dev of its own, with
 * everything that the real one holds.
 */
#define _GNU_SOURCE
#include "command.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "out.h"

#define KVM_NAME	"kvm"
#define KVM_PATH	"/dev/" KVM_NAME

static const char *remedy_for(int err)
{
	switch (err) {
	case EPERM:
	case EACCES:
		return ": become root, or get CAP_SYS_ADMIN";
	default:
		return "";
	}
}

static int failed(const char *what, const char *path)
{
	int err = errno;

	out_error("cannot %s %s: %s%s", what, path, strerror(err),
		  remedy_for(err));
	return -1;
}

/* --- a /dev of its own --- */

static int make_node(int dir, const char *name, const struct stat *st)
{
	if (mknodat(dir, name, st->st_mode, st->st_rdev) ||
	    fchownat(dir, name, st->st_uid, st->st_gid, 0) ||
	    fchmodat(dir, name, st->st_mode & 07777, 0))
		return failed("make device", name);
	return 0;
}

static int make_link(int from, int dir, const char *name)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(from, name, target, sizeof(target) - 1);

	if (len < 0)
		return failed("read link", name);
	target[len] = '\0';
	return symlinkat(target, dir, name) ? failed("make link", name) : 0;
}

/* Whatever it is, it is the same one: a directory with all below it. */
static int make_bound(const char *dir_path, int dir, const char *name,
		      const struct stat *st)
{
	char from[PATH_MAX], to[PATH_MAX];
	int fd;

	snprintf(from, sizeof(from), "/dev/%s", name);
	snprintf(to, sizeof(to), "%s/%s", dir_path, name);
	if (S_ISDIR(st->st_mode)) {
		if (mkdirat(dir, name, st->st_mode & 07777))
			return failed("make directory", to);
	} else {
		fd = openat(dir, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		if (fd < 0)
			return failed("make", to);
		close(fd);
	}
	if (mount(from, to, NULL, MS_BIND | MS_REC, NULL))
		return failed("bind", from);
	return 0;
}

static int copy_entry(int from, const char *dir_path, int dir, const char *name)
{
	struct stat st;

	if (!strcmp(name, ".") || !strcmp(name, "..") ||
	    !strcmp(name, KVM_NAME))
		return 0;
	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : failed("look at", name);
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		return make_node(dir, name, &st);
	if (S_ISLNK(st.st_mode))
		return make_link(from, dir, name);
	return make_bound(dir_path, dir, name, &st);
}

static int copy_entries(DIR *from, const char *dir_path, int dir,
			const struct stat *device)
{
	struct dirent *entry;

	while ((entry = readdir(from))) {
		if (copy_entry(dirfd(from), dir_path, dir, entry->d_name))
			return -1;
	}
	return make_node(dir, KVM_NAME, device);
}

static int fill_dev(const char *dir_path, const struct stat *device)
{
	DIR *from = opendir("/dev");
	int dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err;

	err = from && dir >= 0 ? copy_entries(from, dir_path, dir, device) :
				 failed("open", "/dev");
	if (from)
		closedir(from);
	if (dir >= 0)
		close(dir);
	return err;
}

static int make_dev(const struct stat *device)
{
	char dir[] = "/tmp/xvcpu-dev.XXXXXX";
	int err;

	if (!mkdtemp(dir))
		return failed("make directory", dir);
	if (mount("xvcpu", dir, "tmpfs", MS_NOEXEC | MS_NOSUID, "mode=755")) {
		err = failed("mount a tmpfs on", dir);
	} else {
		err = fill_dev(dir, device);
		if (!err && mount(dir, "/dev", NULL, MS_MOVE, NULL))
			err = failed("replace", "/dev");
		if (err)
			umount2(dir, MNT_DETACH);
	}
	rmdir(dir);
	return err;
}

/* --- the namespace --- */

static int enter_namespace(void)
{
	if (unshare(CLONE_NEWNS))
		return failed("make", "a mount namespace");
	/* What is mounted from now on is seen nowhere else. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return failed("make private", "/");
	return 0;
}

static int put_in_place(const char *path)
{
	struct stat device;

	if (stat(path, &device)) {
		out_error("cannot find %s: %s: load the module with 'modprobe xvcpu' or 'insmod xvcpu.ko', or name another device with --device",
			  path, strerror(errno));
		return -1;
	}
	if (!S_ISCHR(device.st_mode)) {
		out_error("%s is not a character device: name /dev/xvcpu or one like it", path);
		return -1;
	}
	if (enter_namespace())
		return -1;
	if (access(KVM_PATH, F_OK))
		return make_dev(&device);
	if (mount(path, KVM_PATH, NULL, MS_BIND, NULL))
		return failed("put " KVM_PATH " in the place of", path);
	return 0;
}

static int exec_run(const struct command *self, int argc, char **argv)
{
	const char *device = "/dev/xvcpu";
	int option;

	while ((option = next_option(self, argc, argv)) > 0)
		device = optarg;
	if (option < 0)
		return USAGE;
	if (optind == argc)
		return usage_error(self, "which program?");
	if (put_in_place(device))
		return REFUSED;
	execvp(argv[optind], argv + optind);
	out_error("cannot run %s: %s", argv[optind], strerror(errno));
	return REFUSED;
}

const struct command exec_command = {
	.name = "exec",
	.run = exec_run,
	.help = "run a program that uses /dev/kvm, with /dev/xvcpu in its place",
	.options = (const struct command_option[]) {
		{ OPTION_LONG, "device", "PATH",
		  "another device than /dev/xvcpu" },
		{},
	},
	.arguments = "[--] PROGRAM [ARGUMENT]...",
	.passes_on = true,
	.details =
		"The program runs in a mount namespace of its own, where /dev/kvm is\n"
		"/dev/xvcpu; nothing else changes, and nobody else sees it.  It needs\n"
		"root, or CAP_SYS_ADMIN.  The exit status is the program's, or 2.\n",
};
