/*
 * Student's t distribution for any real df > 0; df = INFINITY is the normal distribution. Pure
 * functions; safe in any thread. Relative error below 1e-11 in either tail down to 1e-300.
 */
#ifndef PL_STATS_STUDENT_H
#define PL_STATS_STUDENT_H

/* P(T <= t) and P(T > t). */
double pl_student_cdf(double t, double df);
double pl_student_sf(double t, double df);

/* The t with P(T <= t) = p, and the t with P(T > t) = alpha; both arguments in (0, 1). */
double pl_student_quantile(double p, double df);
double pl_student_upper_quantile(double alpha, double df);

#endif
