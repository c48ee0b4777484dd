/* all.h: every stable interface and every draft. */
#ifndef NOVASCALE_ALL_H
#define NOVASCALE_ALL_H

#include <novascale/draft/policy.h>
#include <novascale/draft/solver.h>
#include <novascale/novascale.h>

#endif
