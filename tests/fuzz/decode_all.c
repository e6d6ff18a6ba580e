// SPDX-License-Identifier: GPL-2.0
/*
 * Every opcode with every ModRM byte after the usual prefixes, in code of every
 * size: what a fuzzer might not come upon.
 */
#include <stdio.h>
#include <string.h>

#include <linux/kernel.h>

#include "decode_check.h"

static const char * const prefixes[] = {
	"", "\x66", "\x67", "\xf0", "\xf2", "\xf3", "\x66\xf2", "\xf3\x66",
	"\x66\x67", "\xf0\x66", "\xf2\xf0", "\xf3\xf2", "\x2e", "\x36", "\x64",
	"\x65\x67", "\x64\x3e", "\x41", "\x48", "\x4f", "\x66\x48", "\x48\x66",
	"\xf2\x4c", "\xf3\x42", "\xf0\x49", "\x67\x43", "\x65\x46",
};

static const char * const maps[] = { "", "\x0f", "\x0f\x38", "\x0f\x3a" };

/* After ModRM: a SIB byte or a displacement, then more of it. */
static const char * const tails[] = {
	"\x00\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b",
	"\x25\x71\x72\x73\x74\x75\x76\x77\x78\x79\x7a\x7b",
	"\xe4\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6\xf5",
};

static bool each_opcode(u8 *bytes, u32 n, const char *tail, u8 code_size)
{
	bool good = true;
	int i;

	for (i = 0; i < 0x10000; i++) {
		bytes[n] = i >> 8;
		bytes[n + 1] = i;
		memcpy(bytes + n + 2, tail, strlen(tails[1]));
		good &= decode_check(bytes, n + 2 + strlen(tails[1]),
				     code_size);
	}
	return good;
}

static bool each_map(const char *prefix, const char *tail, u8 code_size)
{
	bool good = true;
	u8 bytes[32];
	u32 i, n;

	for (i = 0; i < ARRAY_SIZE(maps); i++) {
		n = strlen(prefix);
		memcpy(bytes, prefix, n);
		memcpy(bytes + n, maps[i], strlen(maps[i]));
		good &= each_opcode(bytes, n + strlen(maps[i]), tail,
				    code_size);
	}
	return good;
}

int main(void)
{
	bool good = true;
	u32 i, t;
	u8 size;

	for (size = 2; size <= 8; size *= 2)
		for (i = 0; i < ARRAY_SIZE(prefixes); i++)
			for (t = 0; t < ARRAY_SIZE(tails); t++)
				good &= each_map(prefixes[i], tails[t], size);
	printf("%lu instructions were decoded alike\n", decode_accepted);
	return !good;
}
