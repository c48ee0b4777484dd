int vanishing(void);
int vanishing(void) { return 1; }
