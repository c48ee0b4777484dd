/* series.h: a window on n series of m points: the matrix that models, metric listeners and policies
   read in place.

   Sample (s, t) is values[s * series_stride + t * time_stride]. The grid is regular unless times_ns
   is given. Missing samples are NaN, never 0. The caller owns the columns; a view made for a call
   is valid until that call returns.

   Usage, the mean of the present samples of series s:
     uint64_t first = NOVA_HAS(v, lengths) ? v->point_count - v->lengths[s] : 0;
     for (uint64_t t = first; t < v->point_count; ++t) {
       double y = v->values[(int64_t)s * v->series_stride + (int64_t)t * v->time_stride];
       if (y == y) sum += y, ++present;
     } */
#ifndef NOVASCALE_SERIES_H
#define NOVASCALE_SERIES_H

#include <novascale/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NOVA_SERIES_ALIGNED64 1 /* base and rows are 64-byte aligned, and time_stride is 1 */

typedef struct nova_series_view {
  uint32_t struct_size;
  uint32_t flags;          /* NOVA_SERIES_* */
  uint64_t series_count;   /* n */
  uint64_t point_count;    /* m */
  const uint64_t* keys;    /* [n] as bound */
  const double* values;    /* [n][m] by the strides; NaN = missing; null = names the series only */
  int64_t series_stride;   /* in elements, may be negative or 0 (one row for all) */
  int64_t time_stride;     /* in elements, may be negative */
  int64_t t0_ns;           /* regular grid: point t stands for the interval ... */
  int64_t step_ns;         /* ... (t0 + (t-1) * step, t0 + t * step] */
  const int64_t* times_ns; /* null = regular grid; else time of (s,t): [s * times_stride + t] */
  int64_t times_stride;    /* in elements; 0 = one row of times for all series */
  const uint32_t* lengths; /* [n] valid points, the LAST ones of the row; null = all are */
  /* grows here */
} nova_series_view;

#ifdef __cplusplus
}
#endif

#endif
