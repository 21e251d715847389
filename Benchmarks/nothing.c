// The least that a process costs: a dynamically linked program that returns 0.
int main(void) { return 0; }
