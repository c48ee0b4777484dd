// The same pins as C++: hosts and most plugins see the contract through a C++ compiler, and only here
// the text of a constant can be compared, not just its length.
#include "layout_1_0.c"  // NOLINT(bugprone-suspicious-include): one list of pins, two languages
