// The minimum cost of a process: a dynamically linked program that returns 0.
int main(void) { return 0; }
