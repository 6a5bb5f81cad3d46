// SPDX-License-Identifier: Apache-2.0
#include "tool/main.hpp"

#include "db_backup.hpp"

int main(int argc, char** argv) {
    return slipway::tool::main(argc, argv, slipway::db_backup::definition);
}
