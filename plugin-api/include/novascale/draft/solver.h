/* draft/solver.h: a solver of integer programs: whole numbers of least cost under linear rows.
   DRAFT: may change in any minor.

     min  sum cost[j] n[j],   0 <= n[j] <= most[j],   sum value[i,j] n[j] >= row_least[i] for all i

   The host says what the numbers mean (machines of an offer, and what helps to count them), keeps a
   mix of its own, and judges every answer by the question itself: a solver can make a mix cheaper,
   never unsafe.

   Usage:
     if (!better) return NOVA_NOT_FOUND;
     for (uint64_t j = 0; j < io->column_count; ++j) io->counts[j] = found[j]; */
#ifndef NOVASCALE_DRAFT_SOLVER_H
#define NOVASCALE_DRAFT_SOLVER_H

#include <novascale/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NOVA_SOLVER "nova.solver/1"

typedef struct nova_program {
  uint32_t struct_size;
  uint32_t flags;               /* none defined */
  uint64_t column_count;        /* C */
  uint64_t row_count;           /* R */
  const int64_t* cost;          /* [C] of one */
  const int64_t* most;          /* [C] */
  const int32_t* whole;         /* [C] 0 = need not be a whole number; null = all are */
  const uint64_t* column_start; /* [C + 1] entries of column j: column_start[j] to [j + 1] */
  const uint32_t* entry_row;    /* [column_start[C]] ascending in a column */
  const int64_t* entry_value;   /* [column_start[C]] */
  const int64_t* row_least;     /* [R] */
  int64_t cost_below;           /* only cheaper answers are of use; NOVA_NONE = any */
  double gap;                   /* share of its cost within which an answer is good enough */
  uint64_t seed;                /* of whatever is left to chance */
  int64_t* counts;              /* [C] the answer, rounded; NOVA_NONE on entry */
  int64_t* bound;               /* [1] no answer costs less; NOVA_NONE = not known */
  /* grows here */
} nova_program;

typedef struct nova_solver_ops {
  uint32_t struct_size;
  uint32_t flags; /* none defined */

  /* Answers the best found by the call's deadline, with NOVA_OK. NOVA_NOT_FOUND: there is none
     (below cost_below), proven. NOVA_DEADLINE_EXCEEDED: none was found in time. Mandatory.
     [serial] */
  nova_status (*solve)(nova_instance* s, const nova_call* c, const nova_program* io,
                       nova_error* err);
  /* grows here */
} nova_solver_ops;

#ifdef __cplusplus
}
#endif

#endif
