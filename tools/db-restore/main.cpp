// SPDX-License-Identifier: Apache-2.0
#include "tool/main.hpp"

#include "db_restore.hpp"

int main(int argc, char** argv) {
    return slipway::tool::main(argc, argv, slipway::db_restore::definition);
}
