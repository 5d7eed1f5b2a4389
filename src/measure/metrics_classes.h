/* What the rows of tasks with classes and the scan that fills their tallies agree on. */
#ifndef PL_MEASURE_METRICS_CLASSES_H
#define PL_MEASURE_METRICS_CLASSES_H

/* `which` of a row that needs the probabilities of all classes. */
enum pl_probability_measure { PL_PROBABILITY_LOSS, PL_PROBABILITY_AREA };

#endif
