// SPDX-License-Identifier: Apache-2.0
#include "tool/main.hpp"

#include "test_run.hpp"

int main(int argc, char** argv) {
    return slipway::tool::main(argc, argv, slipway::test_run::definition);
}
