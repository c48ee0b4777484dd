/* novascale.h: every stable interface. */
#ifndef NOVASCALE_NOVASCALE_H
#define NOVASCALE_NOVASCALE_H

#include <novascale/base.h>
#include <novascale/controller.h>
#include <novascale/cost.h>
#include <novascale/event.h>
#include <novascale/host.h>
#include <novascale/metrics.h>
#include <novascale/model.h>
#include <novascale/plugin.h>
#include <novascale/series.h>
#include <novascale/sink.h>

#endif
