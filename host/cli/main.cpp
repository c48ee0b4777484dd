#include <iostream>

#include "host/cli/command.hpp"

int main(int argc, char** argv) { return nova::cli::run_program(argc, argv, std::cout, std::cerr); }
