/* A plugin that ends the process as soon as it is loaded. In a folder of its own. */
#include <novascale/plugin.h>
#include <stdlib.h>
__attribute__((constructor)) static void leave(void) { exit(0); }

NOVA_EXPORT const nova_plugin *nova_plugin_entry_v1(void) { return 0; }
