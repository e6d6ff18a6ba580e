/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pages that the module holds, and how many.
 */
#ifndef _XVCPU_PAGE_H
#define _XVCPU_PAGE_H

#include <linux/types.h>

void *xvcpu_page_alloc(unsigned int nr, gfp_t gfp);
void xvcpu_page_free(void *pages, unsigned int nr);
u32 xvcpu_page_count(void);

#endif /* _XVCPU_PAGE_H */
