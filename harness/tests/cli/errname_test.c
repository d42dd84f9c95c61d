/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Names of error numbers, against the header that the kernel is compiled
 * with.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/errname.h"
#include "tests/test.h"

TEST(errname, names_are_those_of_the_header)
{
	FILE *header = fopen("harness/kernel/include/sys/errno.h", "r");
	char line[256], name[64];
	int value, seen = 0, highest = 0;

	if (header == NULL)
		test_skip("the sources are not here");
	while (fgets(line, sizeof(line), header) != NULL) {
		if (sscanf(line, "#define %63s %d", name, &value) != 2 ||
		    value <= 0 || strcmp(name, "ELAST") == 0)
			continue;
		T_STR(errname(value), name);
		seen++;
		highest = value > highest ? value : highest;
	}
	fclose(header);
	T_EQ(seen, highest);
	T_EQ(highest, 97);
}

TEST(errname, others_are_numbers)
{
	T_STR(errname(0), "error 0");
	T_STR(errname(98), "error 98");
	T_STR(errname(-3), "error -3");
}
