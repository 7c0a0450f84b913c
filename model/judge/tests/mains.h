/* mains.h - the programs' main functions, under the names that they have in test_memory.c. */
#ifndef WSJ_TEST_MAINS_H
#define WSJ_TEST_MAINS_H

int judge_main(int argc, char **argv);
int model_main(int argc, char **argv);

#endif
