// SPDX-License-Identifier: GPL-2.0
/*
 * The fuzzer's entry: the first byte chooses the size of the code, the rest is an
 * instruction.
 */
#include <stdlib.h>

#include "decode_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const u8 code_sizes[] = { 2, 4, 8 };

	if (size && !decode_check(data + 1, size - 1, code_sizes[data[0] % 3]))
		abort();
	return 0;
}
