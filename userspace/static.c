// SPDX-License-Identifier: GPL-2.0
/*
 * For static programs: what the C library does with the help of shared ones.
 *
 * libnl can resolve names, and ncurses load a mouse's library. xvcpu has no use for
 * either, and where a static program runs these libraries may not be: as if nothing
 * were found. The linker would warn of the C library's own.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <stddef.h>

int getaddrinfo(const char *node, const char *service,
		const struct addrinfo *hints, struct addrinfo **result)
{
	(void)node;
	(void)service;
	(void)hints;
	*result = NULL;
	return EAI_FAIL;
}

void freeaddrinfo(struct addrinfo *list)
{
	(void)list;
}

struct protoent *getprotobyname(const char *name)
{
	(void)name;
	return NULL;
}

struct protoent *getprotobynumber(int number)
{
	(void)number;
	return NULL;
}

void *dlopen(const char *file, int mode)
{
	(void)file;
	(void)mode;
	return NULL;
}
