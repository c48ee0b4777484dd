/* A plugin that crashes as soon as it is loaded. In a folder of its own: whoever looks there dies. */
#include <novascale/plugin.h>

static int *volatile nowhere;
__attribute__((constructor)) static void crash(void) { *nowhere = 1; }

NOVA_EXPORT const nova_plugin *nova_plugin_entry_v1(void) { return 0; }
