// SPDX-License-Identifier: Apache-2.0
#include "tool/main.hpp"

#include "slack_notify.hpp"

int main(int argc, char** argv) {
    return slipway::tool::main(argc, argv, slipway::slack_notify::definition);
}
