#!/usr/bin/env bash
# new_tool.sh NAME: the skeleton of a tool that builds, runs and passes the tests of every tool.
set -euo pipefail
cd "$(dirname "$0")/../.."
name=${1:-}
if [[ ! $name =~ ^[a-z][a-z0-9]*(-[a-z0-9]+)+$ ]]; then
    echo "usage: make new-tool NAME=vacuum-report (two or more lower-case words joined by dashes)" >&2
    exit 2
fi
if [[ -e tools/$name ]]; then
    echo "tools/$name is there already" >&2
    exit 4
fi
space=${name//-/_}
mkdir -p "tools/$name" "tests/unit/$name"

cat >"tools/$name/main.cpp" <<END
// SPDX-License-Identifier: Apache-2.0
#include "$space.hpp"
#include "tool/main.hpp"

int main(int argc, char** argv) {
    return slipway::tool::main(argc, argv, slipway::$space::definition);
}
END

cat >"tools/$name/$space.hpp" <<END
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tool/definition.hpp"

#include <string>

namespace slipway::$space {

struct Options {
    std::string subject;
};

/// Declares the options; no I/O.
void declare(cli::Spec& spec, Options& options);

/// Does the work and fills the record.
void run(Options const& options, tool::Context& context);

inline constexpr tool::Definition<Options> definition{
    "$name",
    "one line that says what it does",
    declare,
    run,
};

} // namespace slipway::$space
END

cat >"tools/$name/$space.cpp" <<END
// SPDX-License-Identifier: Apache-2.0
#include "$space.hpp"

#include <nlohmann/json.hpp>

namespace slipway::$space {

void declare(cli::Spec& spec, Options& options) {
    spec.positional(options.subject, "SUBJECT", "what it is about").required();
    spec.example("$name something", "the plain case");
}

void run(Options const& options, tool::Context& context) {
    record::Check check;
    check.id = "subject.named";
    check.title = "The subject has a name";
    check.message = options.subject;
    context.record.add(std::move(check));
    (*context.record.data)["subject"] = options.subject;
    context.record.summary = "looked at " + options.subject;
}

} // namespace slipway::$space
END

cat >"tests/unit/$name/options_test.cpp" <<END
// SPDX-License-Identifier: Apache-2.0
#include "../../tools/$name/$space.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(${space}_options)

BOOST_AUTO_TEST_CASE(the_subject_is_required) {
    auto const instance = slipway::$space::definition.instance();
    BOOST_REQUIRE(!instance.spec.options().empty());
    BOOST_TEST(instance.spec.options().front().is_required);
}

BOOST_AUTO_TEST_SUITE_END()
END

cat >"docs/schema/$name-1.json" <<END
{
  "\$schema": "http://json-schema.org/draft-07/schema#",
  "title": "data of the record of $name",
  "type": "object",
  "properties": {
    "subject": { "type": "string", "description": "What it was about." }
  }
}
END

# The tool's line stands in front of the targets that gather all tools.
awk -v line="add_tool($name DEPS error record json)" \
    '/^get_property\(all_tools/ && !done { print line "\n"; done = 1 } { print }' \
    tools/CMakeLists.txt >tools/CMakeLists.txt.new
mv tools/CMakeLists.txt.new tools/CMakeLists.txt

cat <<END
Made tools/$name, tests/unit/$name and docs/schema/$name-1.json.
Next: make build && build/bin/$name --help; make docs; make test.
END
